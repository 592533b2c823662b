//! Apache's `mod_auth_cas` (CAS 2.0 and SAML 1.1) protects a folder of pages.

use std::fs;

use super::world::{Place, World, data};
use super::{apache, journeys};
use crate::support::process::{Process, needs};

fn application(place: &Place) -> Process {
    set_up(place, |text| text)
}

fn with_saml(place: &Place) -> Process {
    set_up(place, |text| {
        let (before, rest) = text
            .split_once("CASValidateURL ")
            .expect("an address to validate at");
        let (_, after) = rest.split_once('\n').expect("the next line");
        [before, &place.file("saml.conf"), after].concat()
    })
}

fn set_up(place: &Place, edit: impl Fn(String) -> String) -> Process {
    needs(
        "/usr/lib/apache2/modules/mod_auth_cas.so",
        "libapache2-mod-auth-cas",
    );
    let folder = place.folder.path();
    for name in ["pages", "sessions"] {
        fs::create_dir(folder.join(name)).expect("the folder can be written");
    }
    apache::open(&folder.join("sessions"), 0o777);
    fs::write(folder.join("pages/index.shtml"), data("mod_auth_cas/index.shtml")).expect("a page");
    place.write("auth_cas.conf", edit);
    let port = place.port.to_string();
    apache::start(folder, &data("mod_auth_cas/apache.conf"), &[("PORT", &port)])
}

fn world() -> World {
    World::with("mod_auth_cas", application)
}

fn saml() -> World {
    World::with("mod_auth_cas", with_saml)
}

#[tokio::test]
async fn mod_auth_cas_knows_who_signed_in() {
    journeys::signing_in_lasts(&world()).await;
}

#[tokio::test]
async fn mod_auth_cas_hands_the_attributes_on_in_headers() {
    let world = world();
    let mut emile = world.emile().await;

    let page = emile.open(&world.first).await;

    page.assert_shows(&world.first, "mail=emile.vaubrunel@univ.example");
}

#[tokio::test]
async fn mod_auth_cas_opens_a_second_application_without_a_form() {
    journeys::the_second_application_opens_without_a_form(&world()).await;
}

#[tokio::test]
async fn mod_auth_cas_refuses_a_ticket_used_before() {
    let world = world();

    let page = journeys::a_stranger_with_a_used_ticket(&world).await;

    page.reply.assert_status(401);
}

#[tokio::test]
async fn mod_auth_cas_hears_that_somebody_signed_out() {
    journeys::signing_out_once_is_enough(&world()).await;
}

#[tokio::test]
async fn mod_auth_cas_hands_the_attributes_of_saml_on_in_headers() {
    let world = saml();
    let mut emile = world.emile().await;

    let page = emile.open(&world.first).await;

    page.assert_shows(&world.first, "mail=emile.vaubrunel@univ.example");
}

#[tokio::test]
async fn mod_auth_cas_refuses_a_ticket_used_before_with_saml() {
    let page = journeys::a_stranger_with_a_used_ticket(&saml()).await;

    page.reply.assert_status(401);
}

#[tokio::test]
async fn mod_auth_cas_with_saml_hears_that_somebody_signed_out() {
    journeys::signing_out_once_is_enough(&saml()).await;
}
