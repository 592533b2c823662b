//! python-cas in an application of sixty lines, with CAS 2.0 and 3.0.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::journeys;
use super::world::{Place, World, data, fill};
use crate::support::process::{Process, needs};

fn cas_2(place: &Place) -> Process {
    application(place, "2")
}

fn cas_3(place: &Place) -> Process {
    application(place, "3")
}

fn application(place: &Place, version: &str) -> Process {
    // `tests/run` puts it beside the program that is tested.
    let built = Path::new(env!("CARGO_BIN_EXE_vestibule")).ancestors().nth(2);
    let python = built
        .expect("the program is in target/debug")
        .join("clients/python/bin/python");
    needs(
        &python.display().to_string(),
        "python-cas with tests/run --install",
    );
    let file = place.folder.path().join("application.py");
    let blanks = place.blanks();
    let mut blanks: Vec<(&str, &str)> = blanks
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    blanks.push(("VERSION", version));
    fs::write(&file, fill(&data("python_cas/application.py"), &blanks)).expect("the folder can be written");
    let mut command = Command::new(python);
    command.arg(file);
    Process::start(command, "ready")
}

#[tokio::test]
async fn python_cas_2_knows_who_signed_in() {
    journeys::signing_in_lasts(&World::with(cas_2)).await;
}

#[tokio::test]
async fn python_cas_3_knows_who_signed_in() {
    journeys::signing_in_lasts(&World::with(cas_3)).await;
}

#[tokio::test]
async fn python_cas_3_reads_the_attributes_letter_for_letter() {
    let world = World::with(cas_3);
    let mut emile = world.emile().await;

    let page = emile.open(&world.first).await;

    page.assert_shows(&world.first, "displayName=Émile Vaubrunel")
        .assert_shows(&world.first, "eduPersonAffiliation=member")
        .assert_shows(&world.first, "eduPersonAffiliation=employee")
        .assert_shows(&world.first, "longTermAuthenticationRequestTokenUsed=false");
}

#[tokio::test]
async fn python_cas_opens_a_second_application_without_a_form() {
    journeys::the_second_application_opens_without_a_form(&World::with(cas_3)).await;
}

#[tokio::test]
async fn python_cas_refuses_a_ticket_used_before() {
    let world = World::with(cas_3);

    let page = journeys::a_stranger_with_a_used_ticket(&world).await;

    page.reply.assert_status(403);
}

#[tokio::test]
async fn python_cas_hears_that_somebody_signed_out() {
    journeys::signing_out_once_is_enough(&World::with(cas_3)).await;
}
