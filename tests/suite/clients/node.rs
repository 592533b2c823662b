//! http-cas-client, passport-cas and cas-authentication (all CAS 3.0, the second also SAML 1.1) on Node.

use std::path::Path;
use std::process::Command;

use reqwest::Url;

use super::installed::installed;
use super::journeys;
use super::world::{Place, USER, World};
use crate::support::process::{Process, needs};

fn application(place: &Place, file: &str) -> Process {
    edited(place, file, |text| text)
}

fn edited(place: &Place, file: &str, edit: impl Fn(String) -> String) -> Process {
    needs("/usr/bin/node", "nodejs");
    let script = place.write(file, edit);
    let mut command = Command::new("/usr/bin/node");
    command
        .arg("--require")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/clients/node/port_443.js"))
        .arg(script)
        .env("NODE_PATH", installed("node/node_modules"))
        .env("NODE_EXTRA_CA_CERTS", place.authority())
        .env("PORT_443", place.cas_port().to_string());
    Process::start(command, "ready")
}

fn http_cas_client() -> World {
    World::with("node", |place| application(place, "http-cas-client.js"))
}

fn passport_cas() -> World {
    World::with("node", |place| application(place, "passport-cas.js"))
}

fn passport_cas_with_saml() -> World {
    let edit = |text: String| text.replace("version: 'CAS3.0',", "version: 'CAS3.0', useSaml: true,");
    World::with("node", |place| edited(place, "passport-cas.js", edit))
}

fn cas_authentication() -> World {
    World::with("node", |place| application(place, "cas-authentication.js"))
}

#[tokio::test]
async fn http_cas_client_knows_who_signed_in() {
    journeys::signing_in_lasts(&http_cas_client()).await;
}

#[tokio::test]
async fn http_cas_client_reads_the_attributes_letter_for_letter() {
    let world = http_cas_client();
    let mut emile = world.emile().await;

    let page = emile.open(&world.first).await;

    page.assert_shows(&world.first, "displayName=Émile Vaubrunel")
        .assert_shows(&world.first, "eduPersonAffiliation=member")
        .assert_shows(&world.first, "eduPersonAffiliation=employee")
        .assert_shows(&world.first, "isFromNewLogin=true");
}

#[tokio::test]
async fn http_cas_client_opens_a_second_application_without_a_form() {
    journeys::the_second_application_opens_without_a_form(&http_cas_client()).await;
}

#[tokio::test]
async fn http_cas_client_refuses_a_ticket_used_before() {
    let page = journeys::a_stranger_with_a_used_ticket(&http_cas_client()).await;

    page.reply.assert_status(403);
}

#[tokio::test]
async fn http_cas_client_hears_that_somebody_signed_out() {
    journeys::signing_out_once_is_enough(&http_cas_client()).await;
}

#[tokio::test]
async fn passport_cas_knows_who_signed_in() {
    journeys::signing_in_lasts(&passport_cas()).await;
}

#[tokio::test]
async fn passport_cas_reads_the_attributes_under_names_in_lower_case() {
    let world = passport_cas();
    let mut emile = world.emile().await;

    let page = emile.open(&world.first).await;

    page.assert_shows(&world.first, "displayname=Émile Vaubrunel")
        .assert_shows(&world.first, "edupersonaffiliation=member")
        .assert_shows(&world.first, "edupersonaffiliation=employee");
}

#[tokio::test]
async fn passport_cas_opens_a_second_application_without_a_form() {
    journeys::the_second_application_opens_without_a_form(&passport_cas()).await;
}

#[tokio::test]
async fn passport_cas_refuses_a_ticket_used_before() {
    let page = journeys::a_stranger_with_a_used_ticket(&passport_cas()).await;

    page.reply.assert_status(403);
}

#[tokio::test]
async fn passport_cas_signs_out_here_and_at_the_server() {
    journeys::the_applications_own_sign_out_ends_single_sign_on(&passport_cas()).await;
}

#[tokio::test]
async fn passport_cas_reads_the_attributes_of_saml() {
    let world = passport_cas_with_saml();
    let mut emile = world.emile().await;

    let page = emile.open(&world.first).await;

    page.assert_shows(&world.first, "displayname=Émile Vaubrunel")
        .assert_shows(&world.first, "edupersonaffiliation=member")
        .assert_shows(&world.first, "edupersonaffiliation=employee");
}

#[tokio::test]
async fn passport_cas_refuses_a_ticket_used_before_with_saml() {
    let page = journeys::a_stranger_with_a_used_ticket(&passport_cas_with_saml()).await;

    page.reply.assert_status(403);
}

#[tokio::test]
async fn cas_authentication_knows_who_signed_in() {
    journeys::signing_in_lasts(&cas_authentication()).await;
}

#[tokio::test]
async fn cas_authentication_says_renew_false_and_is_not_asked_for_the_password_again() {
    let world = cas_authentication();
    let mut emile = world.emile().await;

    let page = emile.open(&world.second).await;

    page.assert_shows(&world.second, USER);
    let said = |url: &Url| url.query().is_some_and(|query| query.contains("renew=false"));
    assert!(emile.trail.iter().any(said), "{:#?}", emile.trail);
}

#[tokio::test]
async fn cas_authentication_refuses_a_ticket_used_before() {
    let page = journeys::a_stranger_with_a_used_ticket(&cas_authentication()).await;

    page.reply.assert_status(401);
}

#[tokio::test]
async fn cas_authentication_signs_out_here_and_at_the_server() {
    journeys::the_applications_own_sign_out_ends_single_sign_on(&cas_authentication()).await;
}
