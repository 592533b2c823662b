//! What a person expects of any two applications of one university.

use std::time::{Duration, Instant};

use super::world::{USER, World};
use crate::support::visitor::{Page, Visitor};

/// How long a logout message may take on a machine that is busy with everything else.
const PATIENCE: Duration = Duration::from_secs(30);

/// The application goes on knowing who came with a ticket.
pub async fn signing_in_lasts(world: &World) {
    let mut emile = world.emile().await;

    let again = emile.open(&world.first).await;

    again.assert_shows(&world.first, USER);
}

/// The second application asks for no password.
pub async fn the_second_application_opens_without_a_form(world: &World) {
    let mut emile = world.emile().await;

    let page = emile.open(&world.second).await;

    page.assert_shows(&world.second, USER);
}

/// What the application says to somebody who comes with a ticket that was used before.
pub async fn a_stranger_with_a_used_ticket(world: &World) -> Page {
    let emile = world.emile().await;
    let mut stranger = world.visitor();

    let page = stranger.open(emile.arrival()).await;

    assert!(!page.body().contains(USER), "{}", page.body());
    page
}

/// Signing out at the server ends the sessions of both applications.
pub async fn signing_out_once_is_enough(world: &World) {
    let mut emile = world.emile().await;
    emile.open(&world.second).await;

    let goodbye = emile.open(&format!("{}/logout", world.cas)).await;

    goodbye.reply.assert_status(200);
    is_signed_out(&mut emile, &world.first).await;
    is_signed_out(&mut emile, &world.second).await;
}

/// The application's own sign-out also ends the session at the server.
pub async fn the_applications_own_sign_out_ends_single_sign_on(world: &World) {
    let mut emile = world.emile().await;

    let goodbye = emile.open(&format!("{}logout", world.first)).await;

    assert!(goodbye.url.as_str().starts_with(&world.cas), "{}", goodbye.url);
    assert!(emile.open(&world.first).await.is_login_form());
    assert!(emile.open(&world.second).await.is_login_form());
}

/// That a message of the server reaches an application in the end.
pub async fn is_signed_out(person: &mut Visitor, application: &str) {
    let start = Instant::now();
    // The message is sent at once, but the goodbye page does not wait for a slow application for ever.
    while !person.open(application).await.is_login_form() {
        assert!(start.elapsed() < PATIENCE, "{application} still knows the person");
    }
}
