//! People bring the password that they have in another directory: it works at once, and becomes one of ours.

use std::sync::Arc;

use futures_util::future::join_all;
use vestibule::audit::Scene;
use vestibule::flow::import::{self, Applied, Coverage, Unwatched, Wishes};
use vestibule::roster::plan::Insistence;
use vestibule::roster::row::GivenNames;

use crate::support::TestServer;
use crate::support::people::{CAMILLE, MAIL_URL, PASSWORD, PENDING};

const OLD: &str = "correct horse";
const HASHES: [(&str, &str); 3] = [
    (
        "crypt6",
        "{CRYPT}$6$abcdefgh$yIZAF3gQPvtKZO/9qOJKffAKKbtS3ef3qmwyugk4uWVjX8YZf/GV3A8SkFxEPY0T56CcilGrHKLffBsp6dLMG.",
    ),
    (
        "crypt5",
        "$5$abcdefgh$ruMep1ijHnJPZbETDNiumskxcX3kN4lzZd5VlsqE7eB",
    ),
    (
        "bcrypt",
        "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    ),
];

/// What a report says of passwords.
struct Told {
    new: usize,
    passwords: usize,
    passwords_kept: usize,
    errors: Vec<String>,
}

async fn bring(server: &TestServer, rows: &[String]) -> Told {
    let header = "numero;nom;prenoms;naissance;login;mot_de_passe_ldap";
    let roster = format!("{header}\n{}\n", rows.join("\n"));
    let wishes = Wishes {
        given_names: GivenNames::Commas,
        coverage: Coverage::Part,
        insistence: Insistence::Cautious,
    };
    let compared = import::compare(&server.app, roster.as_bytes(), &wishes).await;
    let draft = compared.expect("the database answers").expect("a roster");
    let report = draft.report();
    let printed = serde_json::to_string(report).expect("a report");
    assert!(!printed.contains('$') && !printed.contains("secret"), "{printed}");
    let told = Told {
        new: report.new,
        passwords: report.passwords,
        passwords_kept: report.passwords_kept,
        errors: report
            .errors
            .iter()
            .map(|remark| remark.message.clone())
            .collect(),
    };
    let applied = import::apply(&server.app, draft, &Scene::operator("tests"), Arc::new(Unwatched)).await;
    assert!(matches!(applied, Ok(Applied::Done { .. })));
    told
}

fn row(number: usize, login: &str, hash: &str) -> String {
    format!("2260900{number};Delmas;Ana;27/03/2006;{login};{hash}")
}

async fn stored(server: &TestServer, login: &str) -> String {
    let sql = format!("select password_hash as line from accounts where login = '{login}'");
    server.lines(&sql).await.join("")
}

/// Waits until the hash is one of ours: it is replaced after the person has been answered.
async fn replaced(server: &TestServer, login: &str) -> String {
    let replacing = async {
        loop {
            let hash = stored(server, login).await;
            if hash.contains("$argon2id$") {
                return hash;
            }
            // The thread that hashes stands back behind everybody who is busy.
            tokio::task::yield_now().await;
        }
    };
    let replaced = tokio::time::timeout(std::time::Duration::from_secs(30), replacing).await;
    replaced.unwrap_or_else(|_| panic!("the hash of {login} stays what it was"))
}

async fn try_in(server: &TestServer, login: &str, password: &str) -> u16 {
    let fields = [("username", login), ("password", password)];
    server.browser().fill("/login", &fields).await.status
}

#[tokio::test]
async fn a_password_of_another_directory_works_and_becomes_one_of_ours() {
    let server = TestServer::start().await;
    let rows: Vec<String> = (0..)
        .zip(HASHES)
        .map(|(number, (login, hash))| row(number, login, hash))
        .collect();

    let report = bring(&server, &rows).await;

    assert_eq!((report.new, report.passwords, report.passwords_kept), (3, 3, 0));
    for (login, hash) in HASHES {
        assert_eq!(try_in(&server, login, "correct house").await, 401, "{login}");
        assert_eq!(stored(&server, login).await, hash);
        assert_eq!(try_in(&server, login, OLD).await, 302, "{login}");
        let ours = replaced(&server, login).await;
        assert_eq!(try_in(&server, login, OLD).await, 302, "{login}");
        assert_eq!(try_in(&server, login, "correct house").await, 401, "{login}");
        assert_eq!(stored(&server, login).await, ours);
    }
}

#[tokio::test]
async fn a_password_of_a_directory_may_have_been_hashed_from_one_sign_or_two() {
    let server = TestServer::start().await;
    // SHA-1 of "été" composed and four bytes of salt, as slapd writes it.
    let hash = "{SSHA}8PWqnf2gN8lnyjO3anH517YsXFcxMjM0";
    bring(&server, &[row(0, "composee", hash)]).await;

    assert_eq!(try_in(&server, "composee", "e\u{301}te\u{301}").await, 302);
    replaced(&server, "composee").await;
    assert_eq!(try_in(&server, "composee", "\u{e9}t\u{e9}").await, 302);
    assert_eq!(try_in(&server, "composee", "ete").await, 401);
}

#[tokio::test]
async fn a_password_that_was_set_here_is_never_replaced_and_a_pending_account_takes_its_own() {
    let server = TestServer::start().await;
    let before = stored(&server, CAMILLE).await;
    let (_, hash) = HASHES[0];

    let rows = [
        format!("22500001;Orsonneau;Camille;14/02/2006;{CAMILLE};{hash}"),
        format!("{};Kerlodoc;Jean-Baptiste;27/03/2007;jkerlodoc;{hash}", PENDING.0),
    ];
    let report = bring(&server, &rows).await;

    assert_eq!((report.new, report.passwords, report.passwords_kept), (0, 1, 1));
    assert_eq!(stored(&server, CAMILLE).await, before);
    assert_eq!(try_in(&server, CAMILLE, OLD).await, 401);
    assert_eq!(try_in(&server, CAMILLE, PASSWORD).await, 302);
    assert_eq!(try_in(&server, "jkerlodoc", OLD).await, 302);
    let later = bring(&server, &rows).await;
    assert_eq!((later.passwords, later.passwords_kept), (0, 2));
}

#[tokio::test]
async fn a_hash_that_would_cost_too_much_is_refused_with_its_row() {
    let server = TestServer::start().await;
    let dear = "$2y$15$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";

    let report = bring(
        &server,
        &[
            row(0, "cher", dear),
            row(1, "clair", "secret"),
            row(2, "bien", HASHES[2].1),
        ],
    )
    .await;

    let said = &report.errors;
    assert_eq!(report.new, 1);
    assert!(
        said[0].contains("trop coûteuse") && said[1].contains("n’est pas repris"),
        "{said:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_first_sign_ins_at_once_leave_one_good_hash() {
    let server = TestServer::with()
        .workers(4)
        .set("database.readers", "4")
        .set("hashing.queue", "64")
        .start()
        .await;
    bring(&server, &[row(0, "ensemble", HASHES[0].1)]).await;

    let statuses = join_all((0..16).map(|_| try_in(&server, "ensemble", OLD))).await;

    // The budget of the name is reserved before the password is looked at: it may be too small for all at once.
    let let_in = statuses.iter().filter(|status| **status == 302).count();
    assert!(
        let_in > 0 && statuses.iter().all(|status| [302, 423].contains(status)),
        "{statuses:?}"
    );
    replaced(&server, "ensemble").await;
    let browser = server.browser();
    server.wait(chrono::Duration::hours(25));
    let page = browser
        .fill("/login", &[("username", "ensemble"), ("password", OLD)])
        .await;
    assert_eq!(page.status, 302);
    assert!(browser.visit(MAIL_URL).await.starts_with("ST-"));
}
