//! `vestibule database backup`: while people work, and back into use.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::browser::Browser;
use crate::support::people::{EMILE, MAIL_URL};
use crate::support::process;
use crate::support::program::Program;

#[tokio::test]
async fn a_backup_of_a_running_server_restores_into_one_that_honours_the_sessions_it_held() {
    let program = Program::new();
    program.user(EMILE, "Émile", "Vaubrunel");
    program.services("[[service]]\nkey = \"mail\"\nname = { fr = \"Messagerie\", en = \"Mail\" }\nurl = \"https://mail.univ.example/\"\n");
    let mut server = program.serve();
    let (before, after) = (Browser::new(&program.base()), Browser::new(&program.base()));
    let spent = before.sign_in_to(EMILE, MAIL_URL).await;
    let service = Browser::new(&program.base());
    service.validate(MAIL_URL, &spent).await.assert_user(EMILE);

    program.run(&["database", "backup", "copy.db"]);

    after.sign_in(EMILE).await;
    server.signal("TERM");
    server.ended();
    let folder = program.folder.path();
    let copy = folder.join("copy.db");
    let mode = fs::metadata(&copy).expect("the copy").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for beside in ["vestibule.db-wal", "vestibule.db-shm"] {
        let _ = fs::remove_file(folder.join(beside));
    }
    fs::rename(&copy, folder.join("vestibule.db")).expect("the folder can be written");
    let _server = program.serve();
    // On new connections: those of before ended with the server.
    let [before, after, service] = [before, after, service].map(|browser| browser.at(&program.base()));
    assert!(before.is_in().await, "the session was in the copy");
    assert!(!after.is_in().await, "this one came later");
    let replayed = service.validate(MAIL_URL, &spent).await;
    replayed.assert_failure("INVALID_TICKET");
}

#[test]
fn a_backup_never_replaces_a_file_and_leaves_none_behind_that_is_not_whole() {
    let program = Program::new();
    let refused = |program: &Program, words: &str| {
        let said = process::output(program.command(&["database", "backup", "copy.db"]), "");
        assert!(!said.status.success());
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains(words), "{said}");
    };
    let copy = program.folder.path().join("copy.db");

    refused(&program, "vestibule.db is not there yet");
    assert!(!copy.exists());
    program.user(EMILE, "Émile", "Vaubrunel");
    fs::write(&copy, "mine").expect("the folder can be written");
    refused(&program, "copy.db cannot be written: File exists");

    assert_eq!(fs::read_to_string(&copy).expect("it is still there"), "mine");
    let remote = program.set("database.url", "postgres://vestibule@127.0.0.1:1/v");
    fs::remove_file(&copy).expect("it is ours");
    refused(&remote, "pg_dump");
    assert!(!copy.exists());
}
