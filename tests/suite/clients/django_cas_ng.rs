//! django-cas-ng (CAS 3.0) in a Django site with one page.

use std::fs;
use std::process::Command;

use super::installed::installed;
use super::journeys;
use super::world::{Place, World, data};
use crate::support::process::Process;

fn application(place: &Place) -> Process {
    place.write("settings.py", |text| data("django/settings.py") + &text);
    place.write("urls.py", |text| text);
    let file = place.folder.path().join("application.py");
    fs::write(&file, data("django/application.py")).expect("the folder can be written");
    let mut command = Command::new(installed("python/bin/python"));
    command.arg(file).arg(place.port.to_string());
    Process::start(command, "ready")
}

fn world() -> World {
    World::with("django-cas-ng", application)
}

#[tokio::test]
async fn django_cas_ng_knows_who_signed_in() {
    journeys::signing_in_lasts(&world()).await;
}

#[tokio::test]
async fn django_cas_ng_reads_the_attributes_letter_for_letter() {
    let world = world();
    let mut emile = world.emile().await;

    let page = emile.open(&world.first).await;

    page.assert_shows(&world.first, "displayName=Émile Vaubrunel")
        .assert_shows(&world.first, "eduPersonAffiliation=member")
        .assert_shows(&world.first, "eduPersonAffiliation=employee");
}

#[tokio::test]
async fn django_cas_ng_opens_a_second_application_without_a_form() {
    journeys::the_second_application_opens_without_a_form(&world()).await;
}

#[tokio::test]
async fn django_cas_ng_refuses_a_ticket_used_before() {
    let page = journeys::a_stranger_with_a_used_ticket(&world()).await;

    page.reply.assert_status(403);
}

#[tokio::test]
async fn django_cas_ng_hears_that_somebody_signed_out() {
    journeys::signing_out_once_is_enough(&world()).await;
}
