//! python-cas in an application of sixty lines, with CAS 1.0, 2.0 and 3.0, and with SAML 1.1.

use std::process::Command;

use super::installed::installed;
use super::journeys;
use super::world::{Place, World};
use crate::support::process::Process;

fn cas_1() -> World {
    World::with("python-cas", |place| application(place, "version=1"))
}

fn cas_2() -> World {
    World::with("python-cas", |place| application(place, "version=2"))
}

fn cas_3() -> World {
    World::with("python-cas", |place| application(place, "version=3"))
}

fn saml() -> World {
    World::with("python-cas", |place| {
        application(place, "version=\"CAS_2_SAML_1_0\"")
    })
}

fn application(place: &Place, version: &str) -> Process {
    let file = place.write("application.py", |text| text.replace("version=3", version));
    let mut command = Command::new(installed("python/bin/python"));
    command.arg(file);
    // In SAML mode the library looks nowhere else.
    command.env("REQUESTS_CA_BUNDLE", place.authority());
    Process::start(command, "ready")
}

#[tokio::test]
async fn python_cas_1_knows_who_signed_in() {
    journeys::signing_in_lasts(&cas_1()).await;
}

#[tokio::test]
async fn python_cas_1_refuses_a_ticket_used_before() {
    let page = journeys::a_stranger_with_a_used_ticket(&cas_1()).await;

    page.reply.assert_status(403);
}

#[tokio::test]
async fn python_cas_2_knows_who_signed_in() {
    journeys::signing_in_lasts(&cas_2()).await;
}

#[tokio::test]
async fn python_cas_3_knows_who_signed_in() {
    journeys::signing_in_lasts(&cas_3()).await;
}

#[tokio::test]
async fn python_cas_3_reads_the_attributes_letter_for_letter() {
    let world = cas_3();
    let mut emile = world.emile().await;

    let page = emile.open(&world.first).await;

    page.assert_shows(&world.first, "displayName=Émile Vaubrunel")
        .assert_shows(&world.first, "eduPersonAffiliation=member")
        .assert_shows(&world.first, "eduPersonAffiliation=employee")
        .assert_shows(&world.first, "longTermAuthenticationRequestTokenUsed=false");
}

#[tokio::test]
async fn python_cas_opens_a_second_application_without_a_form() {
    journeys::the_second_application_opens_without_a_form(&cas_3()).await;
}

#[tokio::test]
async fn python_cas_refuses_a_ticket_used_before() {
    let world = cas_3();

    let page = journeys::a_stranger_with_a_used_ticket(&world).await;

    page.reply.assert_status(403);
}

#[tokio::test]
async fn python_cas_hears_that_somebody_signed_out() {
    journeys::signing_out_once_is_enough(&cas_3()).await;
}

#[tokio::test]
async fn python_cas_reads_the_attributes_of_saml_letter_for_letter() {
    let world = saml();
    let mut emile = world.emile().await;

    let page = emile.open(&world.first).await;

    page.assert_shows(&world.first, "displayName=Émile Vaubrunel")
        .assert_shows(&world.first, "eduPersonAffiliation=member")
        .assert_shows(&world.first, "eduPersonAffiliation=employee");
}

#[tokio::test]
async fn python_cas_refuses_a_ticket_used_before_with_saml() {
    let page = journeys::a_stranger_with_a_used_ticket(&saml()).await;

    page.reply.assert_status(403);
}

#[tokio::test]
async fn python_cas_with_saml_hears_that_somebody_signed_out() {
    journeys::signing_out_once_is_enough(&saml()).await;
}
