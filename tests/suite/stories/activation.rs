//! First access: file number and birth date, then an identifier and a password to note.

use crate::support::TestServer;
use crate::support::people::PENDING;

#[tokio::test]
async fn a_new_student_gets_an_identifier_and_a_password_to_note() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let (number, [day, month, year]) = PENDING;

    let identity = [
        ("fileNumber", number),
        ("day", day),
        ("month", month),
        ("year", year),
    ];
    browser
        .fill("/account/activate", &identity)
        .await
        .assert_status(302);
    browser
        .get("/account/activate")
        .await
        .assert_says("Jean-Baptiste K.");
    browser
        .fill("/account/activate", &[("answer", "yes"), ("charter", "true")])
        .await
        .assert_status(302);
    let sheet = browser
        .fill("/account/activate", &[("choice", "generated")])
        .await;

    sheet.assert_status(200).assert_says("jkerlodoc");
}
