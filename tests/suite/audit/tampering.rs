//! Whoever can write to the database and has not got the key is found out.

use vestibule::store::audit::{Misfit, Place};

use super::{add, chain_of, found, record, tamper, ten_rows, verified_with, whole};
use crate::support::database::{Bare, chain, lines};

/// What somebody does, and what is found.
const DEEDS: [(&str, &str); 19] = [
    (
        "UPDATE audit SET detail = '{}' WHERE seq = 5",
        "row 5 was changed",
    ),
    (
        "UPDATE audit SET event = 'signed_out' WHERE seq = 5",
        "row 5 was changed",
    ),
    (
        "UPDATE audit SET account_id = 'emile' WHERE seq = 10",
        "row 10 was changed",
    ),
    (
        "UPDATE audit SET address = NULL WHERE seq = 5",
        "row 5 was changed",
    ),
    ("UPDATE audit SET service = '' WHERE seq = 5", "row 5 was changed"),
    ("UPDATE audit SET at = at + 1 WHERE seq = 5", "row 5 was changed"),
    (
        "UPDATE audit SET id = 'another' WHERE seq = 5",
        "row 5 was changed",
    ),
    // What is at the end of one column and what is at the beginning of the next do not run into one another.
    (
        "UPDATE audit SET event = 'signed_i', account_id = 'ncamille' WHERE seq = 5",
        "row 5 was changed",
    ),
    ("UPDATE audit SET link = NULL WHERE seq = 5", "row 5 was changed"),
    ("DELETE FROM audit WHERE seq = 5", "row 5 is missing"),
    ("DELETE FROM audit WHERE seq IN (5, 6)", "rows 5 to 6 are missing"),
    ("DELETE FROM audit WHERE seq = 1", "row 1 is missing"),
    (
        "DELETE FROM audit WHERE seq = 10",
        "row 10 was removed from the end",
    ),
    ("DELETE FROM audit", "rows 1 to 10 were removed from the end"),
    (
        "UPDATE audit SET seq = -1 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 5;
         UPDATE audit SET seq = 5 WHERE seq = -1",
        "row 4 is out of order: it was written behind another",
    ),
    // The row behind takes the place of the one that is gone, and so on.
    (
        "DELETE FROM audit WHERE seq = 9; UPDATE audit SET seq = 9 WHERE seq = 10",
        "row 9 was changed",
    ),
    (
        "INSERT INTO audit (id, at, event, actor, detail, seq, link)
         SELECT 'new', at, event, actor, detail, 11, link FROM audit WHERE seq = 10",
        "row 11 was changed",
    ),
    (
        "DROP INDEX audit_chain;
         INSERT INTO audit (id, at, event, actor, detail, seq, link)
         SELECT 'new', at, event, actor, detail, seq, link FROM audit WHERE seq = 5",
        "row 5 was added: its place was taken",
    ),
    (
        "INSERT INTO audit (id, at, event, actor, detail) VALUES ('new', 0, 'signed_in', 'person', '{}')",
        "rows in no chain: 1; a node of an older version wrote them, and the next start takes them in, or somebody else did",
    ),
];

/// What somebody does to the marks besides.
const MARKS: [(&str, &str); 5] = [
    (
        "DELETE FROM marks WHERE name = 'audit_head'",
        "the mark of the head was removed",
    ),
    (
        "DELETE FROM audit WHERE seq = 10; UPDATE marks SET value = replace(value, '10 ', '9 ') WHERE name = 'audit_head'",
        "the mark audit_head was changed",
    ),
    (
        "UPDATE marks SET value = 'nonsense' WHERE name = 'audit_head'",
        "the mark audit_head was changed",
    ),
    // A mark of one name is none of the other.
    (
        "INSERT INTO marks (name, value) SELECT 'audit_removed', value FROM marks WHERE name = 'audit_head';
         DELETE FROM audit",
        "the mark audit_removed was changed",
    ),
    (
        "INSERT INTO marks (name, value) VALUES ('audit_removed', '3 ? 01234567.00'); DELETE FROM audit WHERE seq <= 3",
        "the marks are not of this key but of 01234567: name its file in keys.former_files",
    ),
];

async fn each_deed_is_found(database: fn() -> Bare) {
    for (deed, words) in DEEDS.iter().chain(&MARKS) {
        let bare = database();
        ten_rows(&bare).await;
        assert_eq!(found(&bare), "whole: 10 rows");

        tamper(&bare, deed).await;

        assert_eq!(found(&bare), *words, "{deed}");
    }
}

#[tokio::test]
async fn s81_whatever_is_done_to_the_audit_is_found() {
    each_deed_is_found(Bare::sqlite).await;
}

#[tokio::test]
async fn s81_whatever_is_done_to_the_audit_is_found_on_postgres() {
    each_deed_is_found(Bare::postgres).await;
}

/// What goes on being written does not cover it.
const HEALED: [(&str, &str); 4] = [
    ("DELETE FROM audit WHERE seq = 10", "row 10 is missing"),
    (
        "DELETE FROM audit WHERE seq = 10; DELETE FROM marks WHERE name = 'audit_head'",
        "the chain begins anew at row 10: the mark of its head had been removed or forged",
    ),
    (
        "DELETE FROM audit WHERE seq = 10; UPDATE marks SET value = replace(value, '10 ', '9 ') WHERE name = 'audit_head'",
        "the chain begins anew at row 10: the mark of its head had been removed or forged",
    ),
    ("UPDATE audit SET link = 'x' WHERE seq = 10", "row 10 was changed"),
];

#[tokio::test]
async fn s81_what_was_done_to_the_end_is_found_however_much_is_written_behind_it() {
    for (deed, words) in HEALED {
        let bare = Bare::sqlite();
        ten_rows(&bare).await;

        tamper(&bare, deed).await;
        add(&bare.db, vec![record(11), record(12)]).await;

        assert_eq!(found(&bare), words, "{deed}");
    }
}

const HEAD: &str = "SELECT value AS line FROM marks WHERE name = 'audit_head'";

#[tokio::test]
async fn s81_an_older_whole_that_is_put_back_is_found_by_what_was_written_down() {
    let bare = Bare::sqlite();
    ten_rows(&bare).await;
    let older = bare.db.read(|conn| lines(conn, HEAD)).await.unwrap().remove(0);
    let seen = whole(&bare).head;
    add(&bare.db, vec![record(11)]).await;
    let noted = whole(&bare).head;
    let expecting = |place: &Place| verified_with(bare.db.target(), &chain(), Some(place));
    assert!(expecting(&noted).is_ok() && expecting(&seen).is_ok());

    tamper(
        &bare,
        &format!("UPDATE marks SET value = '{older}' WHERE name = 'audit_head'"),
    )
    .await;
    assert_eq!(expecting(&noted), Err(Misfit::OlderHead(11)));
    tamper(&bare, "DELETE FROM audit WHERE seq = 11").await;

    assert!(expecting(&seen).is_ok(), "by itself it is whole");
    assert_eq!(expecting(&noted), Err(Misfit::Unexpected(11)));
    tamper(&bare, "DELETE FROM audit; DELETE FROM marks").await;
    assert_eq!(expecting(&noted), Err(Misfit::Unexpected(11)));
}

#[tokio::test]
async fn s81_rows_of_another_key_are_told_from_rows_that_were_changed() {
    let bare = Bare::sqlite();
    ten_rows(&bare).await;

    let misfit = verified_with(bare.db.target(), &chain_of(8, None), None).unwrap_err();

    let Misfit::OtherKey { seq: Some(1), key } = &misfit else {
        panic!("{misfit}")
    };
    assert_eq!(
        misfit.to_string(),
        format!("row 1 is not of this key but of {key}: name its file in keys.former_files")
    );
}

#[tokio::test]
async fn s85_a_key_that_went_before_goes_on_verifying_what_it_linked() {
    let bare = Bare::sqlite();
    ten_rows(&bare).await;
    let rotated = chain_of(8, Some(7));

    let later = Bare::again(&bare, rotated.clone());
    add(&later, vec![record(11)]).await;

    assert_eq!(verified_with(bare.db.target(), &rotated, None).unwrap().rows, 11);
    let old = verified_with(bare.db.target(), &chain(), None);
    assert!(
        matches!(old, Err(Misfit::OtherKey { seq: Some(11), .. })),
        "{old:?}"
    );
}
