//! phpCAS (CAS 3.0 and SAML 1.1) on PHP's own web server.

use std::fs;
use std::process::Command;

use super::journeys;
use super::world::{Place, World};
use crate::support::process::{Process, needs};

fn application(place: &Place) -> Process {
    serve(place, &place.file("index.php"))
}

fn with_saml(place: &Place) -> Process {
    let page = place
        .file("index.php")
        .replace("CAS_VERSION_3_0", "SAML_VERSION_1_1");
    serve(place, &page)
}

/// Without a list of addresses: phpCAS asks what name the caller's address has, and compares it with the server's.
fn by_name(place: &Place) -> Process {
    let page = place.file("index.php").replace(
        "handleLogoutRequests(true, ['127.0.0.1'])",
        "handleLogoutRequests(true)",
    );
    assert!(page.contains("handleLogoutRequests(true);"), "{page}");
    serve(place, &page)
}

/// Starts PHP's web server with this page.
pub fn serve(place: &Place, page: &str) -> Process {
    needs("/usr/bin/php", "php-cli");
    needs("/usr/share/php/CAS.php", "php-cas");
    let folder = place.folder.path();
    fs::create_dir(folder.join("sessions")).expect("the folder can be written");
    fs::write(folder.join("index.php"), page).expect("a page");
    let mut command = Command::new("/usr/bin/php");
    command
        .args(["-d", &format!("session.save_path={}/sessions", folder.display())])
        .args(["-S", &format!("127.0.0.1:{}", place.port), "-t"])
        .arg(folder);
    Process::start(command, "started")
}

fn world() -> World {
    World::with("phpcas", application)
}

fn saml() -> World {
    World::with("phpcas", with_saml)
}

#[tokio::test]
async fn php_cas_knows_who_signed_in() {
    journeys::signing_in_lasts(&world()).await;
}

#[tokio::test]
async fn php_cas_reads_the_attributes_letter_for_letter() {
    let world = world();
    let mut emile = world.emile().await;

    let page = emile.open(&world.first).await;

    page.assert_shows(&world.first, "displayName=Émile Vaubrunel")
        .assert_shows(&world.first, "mail=emile.vaubrunel@univ.example")
        .assert_shows(&world.first, "eduPersonAffiliation=member")
        .assert_shows(&world.first, "eduPersonAffiliation=employee")
        .assert_shows(&world.first, "isFromNewLogin=true");
}

#[tokio::test]
async fn php_cas_opens_a_second_application_without_a_form() {
    journeys::the_second_application_opens_without_a_form(&world()).await;
}

#[tokio::test]
async fn php_cas_refuses_a_ticket_used_before() {
    let world = world();

    let page = journeys::a_stranger_with_a_used_ticket(&world).await;

    page.reply.assert_status(403);
}

#[tokio::test]
async fn php_cas_hears_that_somebody_signed_out() {
    journeys::signing_out_once_is_enough(&world()).await;
}

#[tokio::test]
async fn h7_php_cas_hears_of_a_sign_out_from_an_address_that_has_the_servers_name() {
    journeys::signing_out_once_is_enough(&World::with("phpcas", by_name)).await;
}

#[tokio::test]
async fn php_cas_reads_the_attributes_of_saml_letter_for_letter() {
    let world = saml();
    let mut emile = world.emile().await;

    let page = emile.open(&world.first).await;

    page.assert_shows(&world.first, "displayName=Émile Vaubrunel")
        .assert_shows(&world.first, "mail=emile.vaubrunel@univ.example")
        .assert_shows(&world.first, "eduPersonAffiliation=member")
        .assert_shows(&world.first, "eduPersonAffiliation=employee");
}

#[tokio::test]
async fn php_cas_refuses_a_ticket_used_before_with_saml() {
    let page = journeys::a_stranger_with_a_used_ticket(&saml()).await;

    page.reply.assert_status(403);
}

#[tokio::test]
async fn php_cas_with_saml_hears_that_somebody_signed_out() {
    journeys::signing_out_once_is_enough(&saml()).await;
}
