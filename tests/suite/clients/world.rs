//! A server, the proxy in front of it, and two applications of one kind.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::front::Front;
use crate::support::people::EMILE;
use crate::support::port::free_port;
use crate::support::process::Process;
use crate::support::program::Program;
use crate::support::visitor::Visitor;

/// What every application writes for Émile.
pub const USER: &str = "user=evaubrunel2";

/// Where an application is put, and the server it is told about.
pub struct Place {
    pub folder: TempDir,
    pub port: u16,
    pub cas: String,
    pub cas_port: u16,
    pub authority: PathBuf,
}

impl Place {
    /// Fills in a file of `tests/data/clients`.
    pub fn fill(&self, name: &str) -> String {
        let blanks = self.blanks();
        let blanks: Vec<(&str, &str)> = blanks
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        fill(&data(name), &blanks)
    }

    /// What the templates leave open.
    pub fn blanks(&self) -> [(&'static str, String); 4] {
        [
            ("PORT", self.port.to_string()),
            ("CAS", self.cas.clone()),
            ("CAS_PORT", self.cas_port.to_string()),
            ("CA", self.authority.display().to_string()),
        ]
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }
}

/// Everything that runs. Fields are dropped in this order: applications first, the server last.
pub struct World {
    /// The address of the first application.
    pub first: String,
    /// The address of the second one.
    pub second: String,
    /// The address of the server.
    pub cas: String,
    authority: PathBuf,
    _running: Vec<Process>,
    _places: [Place; 2],
    _front: Front,
    _program: Program,
}

impl World {
    /// Starts a server, and two applications with `start`.
    pub fn with(start: impl Fn(&Place) -> Process) -> Self {
        let front = Front::new();
        let program = Program::new()
            .set("server.public_url", &front.base())
            .set("server.trusted_proxies", "127.0.0.1/32");
        let places = [(); 2].map(|()| Place {
            folder: tempfile::tempdir().expect("a temporary directory"),
            port: free_port(),
            cas: front.base(),
            cas_port: front.port,
            authority: front.authority(),
        });
        let [first, second] = places.each_ref().map(Place::url);
        program.services(&(registration("first", &first) + &registration("second", &second)));
        program.user(EMILE, "Émile", "Vaubrunel");
        let server = program.serve();
        let mut running: Vec<Process> = places.iter().map(&start).collect();
        running.push(front.start(program.port));
        running.push(server);
        Self {
            first,
            second,
            cas: front.base(),
            authority: front.authority(),
            _running: running,
            _places: places,
            _front: front,
            _program: program,
        }
    }

    /// Somebody with a browser.
    pub fn visitor(&self) -> Visitor {
        Visitor::trusting(&self.authority)
    }

    /// Émile, signed in to the first application.
    pub async fn emile(&self) -> Visitor {
        let mut emile = self.visitor();
        let form = emile.open(&self.first).await;
        let page = emile.sign_in(&form, EMILE).await;
        page.assert_shows(&self.first, USER);
        emile
    }
}

fn registration(key: &str, url: &str) -> String {
    format!(
        "[[service]]\nkey = \"{key}\"\nname = {{ fr = \"Application {key}\", en = \"Application {key}\" }}\n\
         url = \"{url}\"\nrelease = [\"displayName\", \"mail\", \"eduPersonAffiliation\"]\n\n"
    )
}

/// The text of a file of `tests/data/clients`.
pub fn data(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/clients")
        .join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Replaces every `{{NAME}}` of a template.
pub fn fill(template: &str, blanks: &[(&str, &str)]) -> String {
    let filled = blanks.iter().fold(template.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{{{name}}}}}"), value)
    });
    assert!(!filled.contains("{{"), "a blank was left open:\n{filled}");
    filled
}
