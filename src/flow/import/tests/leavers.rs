//! Those who are missing, and those who come back.

use super::*;

#[tokio::test]
async fn absence_from_a_file_in_part_means_nothing() {
    let world = World::new();
    world.import(&crowd(0..20)).await;

    let (report, _) = world.import(&crowd(0..19)).await;

    assert_eq!((report.missing, report.leaving), (1, 0));
    assert_eq!(
        world.holder("22600019").await.unwrap().account.standing,
        "pending"
    );
}

#[tokio::test]
async fn those_missing_from_a_complete_file_leave_each_in_their_way() {
    let world = World::new();
    world.import(&crowd(0..40)).await;
    world.activate("22600037").await;
    world.activate("22600038").await;
    world.stand("22600038", "suspended").await;

    let (report, _) = world.import_as(&crowd(0..37), &COMPLETE).await;

    assert_eq!((report.missing, report.leaving), (3, 2));
    let leaving = world.holder("22600037").await.unwrap();
    let until = (world.clock.now() + LEAVING_GRACE).timestamp_micros();
    assert_eq!(
        (leaving.account.standing.as_str(), leaving.person.rights_end),
        ("leaving", Some(until))
    );
    assert_eq!(
        world.holder("22600038").await.unwrap().account.standing,
        "suspended"
    );
    assert_eq!(world.holder("22600039").await.unwrap().account.standing, "closed");
}

#[tokio::test]
async fn a_complete_file_that_lacks_more_than_a_tenth_is_refused_unless_forced() {
    let world = World::new();
    world.import(&crowd(0..20)).await;

    let refused = compare(&world.app, crowd(0..17).as_bytes(), &COMPLETE)
        .await
        .unwrap();
    assert!(matches!(
        refused.map(drop),
        Err(Refused::Leaving(LeavingRefused::TooMany { missing: 3, .. }))
    ));

    let forced = Wishes {
        insistence: Insistence::Forced,
        ..COMPLETE
    };
    let (report, _) = world.import_as(&crowd(0..17), &forced).await;
    assert_eq!(report.leaving, 3);
}

#[tokio::test]
async fn those_who_come_back_keep_login_and_recent_password_and_get_a_new_code() {
    let world = World::new();
    let (_, first) = world.import(&file(&[CAMILLE, LEA])).await;
    world.activate("22600001").await;
    world.activate("22600002").await;
    world.stand("22600001", "leaving").await;
    world.clock.advance(Duration::days(300));
    world.stand("22600002", "closed").await;
    let (report, second) = world.import(&file(&[CAMILLE])).await;
    assert_eq!(counts(&report), [0, 0, 0, 1, 1]);
    world.clock.advance(Duration::days(100));
    let (_, third) = world.import(&file(&[LEA])).await;

    let camille = world.holder("22600001").await.unwrap();
    assert_eq!(camille.account.standing, "active");
    assert!(camille.account.password_hash.is_some());
    assert_eq!(camille.account.login, "corsonneau");
    assert!(!world.opens("22600001", &first[0].1).await);
    assert!(world.opens("22600001", &second[0].1).await);

    let lea = world.holder("22600002").await.unwrap();
    assert_eq!(
        (lea.account.standing.as_str(), lea.account.password_hash),
        ("pending", None)
    );
    assert_eq!(lea.person.created_at, world.clock.now().timestamp_micros());
    assert!(world.opens("22600002", &third[0].1).await);
}

#[tokio::test]
async fn whoever_is_locked_while_the_roster_is_compared_stays_locked_and_is_told() {
    let world = World::new();
    world.import(&crowd(0..40)).await;
    for number in ["22600000", "22600001", "22600039"] {
        world.activate(number).await;
    }
    world.stand("22600000", "leaving").await;
    world.stand("22600001", "closed").await;
    world.clock.advance(Duration::days(1));
    world.stand("22600002", "closed").await;
    let draft = world.draft(&crowd(0..39), &COMPLETE).await;
    assert_eq!((draft.report().back, draft.report().leaving), (3, 1));

    // Two who keep their password, one who would start over, and one who is missing.
    for number in ["22600000", "22600002", "22600039"] {
        world.stand(number, "suspended").await;
    }
    let applied = world.apply(draft).await;

    assert_eq!(applied, Applied::Done { kept: 3 });
    for number in ["22600000", "22600002", "22600039"] {
        let standing = world.holder(number).await.unwrap().account.standing;
        assert_eq!(standing, "suspended", "{number}");
    }
    assert_eq!(world.holder("22600001").await.unwrap().account.standing, "active");
}

#[tokio::test]
async fn a_roster_that_says_that_rights_have_ended_brings_nobody_back() {
    let world = World::new();
    let rows = |end: &str| {
        format!("numero;nom;prenoms;naissance;fin_droits\n226;Orsonneau;Camille;27/03/2008;{end}\n")
            .replace("226;", "22600001;")
    };
    let ended = rows("28/02/2026");
    world.import(&rows("31/12/2030")).await;
    world.stand("22600001", "closed").await;

    let (report, _) = world.import(&ended).await;
    let (again, _) = world.import(&ended).await;

    assert_eq!((report.back, report.changed), (0, 1));
    assert_eq!((again.back, again.unchanged), (0, 1));
    assert_eq!(world.holder("22600001").await.unwrap().account.standing, "closed");
}

#[tokio::test]
async fn being_missing_gives_nobody_more_time_than_they_had() {
    let world = World::new();
    world.import(&crowd(0..40)).await;
    world.activate("22600039").await;
    let id = world.holder("22600039").await.unwrap().account.id;
    let (end, now) = (world.clock.now() + Duration::days(3), world.clock.now());
    let set = world
        .app
        .db
        .write(move |conn| store::people::end_rights_by(conn, &id, end, now));
    set.await.unwrap();

    world.import_as(&crowd(0..39), &COMPLETE).await;

    let leaving = world.holder("22600039").await.unwrap();
    assert_eq!(leaving.account.standing, "leaving");
    assert_eq!(leaving.person.rights_end, Some(end.timestamp_micros()));
}
