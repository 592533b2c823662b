//! phpCAS as a proxy (CAS 3.0): a portal in Apache asks an application behind it something in the person's name.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;

use super::php_cas::serve;
use super::world::{Place, World, data};
use super::{apache, journeys};
use crate::support::process::{Process, needs};

const MODULES: &str = "/usr/lib/apache2/modules";

fn portal(place: &Place) -> Process {
    let php = php_module();
    needs("/usr/share/php/CAS.php", "php-cas");
    let folder = place.folder.path();
    for name in ["pages", "sessions", "grants"] {
        fs::create_dir(folder.join(name)).expect("the folder can be written");
        apache::open(&folder.join(name), 0o777);
    }
    fs::write(folder.join("pages/index.php"), place.file("portal.php")).expect("a page");
    let front = place.authority().parent().expect("a file is in a folder");
    let blanks = [
        ("PORT", place.port.to_string()),
        ("FRONT", front.display().to_string()),
        ("PHP", php.display().to_string()),
    ];
    let blanks = blanks.each_ref().map(|(name, value)| (*name, value.as_str()));
    let mut command = apache::command(folder, &data("php_cas/apache.conf"), &blanks);
    // Where PHP allows no threads, Apache ends its workers by ending its whole process group: not also the tests.
    command.process_group(0);
    Process::start(command, apache::READY)
}

fn php_module() -> PathBuf {
    let modules = fs::read_dir(MODULES).unwrap_or_else(|error| panic!("install apache2-bin: {error}"));
    let paths = modules.map(|entry| entry.expect("a folder can be read").path());
    let is_php = |path: &PathBuf| path.to_string_lossy().contains("/libphp");
    let found = paths.into_iter().find(is_php);
    found.expect("install libapache2-mod-php, or run tests/run")
}

fn files(place: &Place) -> Process {
    serve(place, &place.file("files.php"))
}

#[tokio::test]
async fn php_cas_as_a_proxy_asks_another_application_in_the_persons_name() {
    let world = World::proxying("phpcas", portal, files);
    let mut emile = world.emile().await;

    let page = emile.open(&world.first).await;

    page.assert_shows(&world.first, "behind=evaubrunel2")
        .assert_shows(&world.first, "name=Émile Vaubrunel")
        .assert_shows(&world.first, &format!("through={}index.php", world.first));
}

#[tokio::test]
async fn php_cas_behind_a_proxy_refuses_a_chain_that_it_does_not_know() {
    let strangers = |place: &Place| {
        serve(
            place,
            &place.file("files.php").replace("/index.php']", "/other.php']"),
        )
    };
    let world = World::proxying("phpcas", portal, strangers);
    let mut emile = world.emile().await;

    let page = emile.open(&world.first).await;

    page.assert_shows(&world.first, "the ticket was refused");
}

#[tokio::test]
async fn php_cas_without_a_chain_takes_no_proxy_ticket() {
    let closed = |place: &Place| {
        let text = place.file("files.php");
        let (before, rest) = text.split_once("phpCAS::allowProxyChain").expect("the chain");
        let (_, after) = rest.split_once(";\n").expect("the end of the statement");
        serve(place, &[before, after].concat())
    };
    let world = World::proxying("phpcas", portal, closed);
    let mut emile = world.emile().await;

    let page = emile.open(&world.first).await;

    page.assert_shows(&world.first, "the ticket was refused");
}

#[tokio::test]
async fn php_cas_as_a_proxy_hears_that_somebody_signed_out() {
    let world = World::proxying("phpcas", portal, files);
    let mut emile = world.emile().await;

    emile.open(&format!("{}/logout", world.cas)).await;

    journeys::is_signed_out(&mut emile, &world.first).await;
}
