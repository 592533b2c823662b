//! A server, the proxy in front of it, and two applications of one kind.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::front::Front;
use super::guide::Guide;
use crate::support::people::EMILE;
use crate::support::port::free_port;
use crate::support::process::Process;
use crate::support::program::Program;
use crate::support::visitor::Visitor;

/// What every application writes for Émile.
pub const USER: &str = "user=evaubrunel2";

/// What the pages call the application, and the portal in front of it.
const APP: &str = "https://app.univ.example";
const PORTAL: &str = "https://portal.univ.example";

/// Where an application is put, the page that says how to set it up, and the server it is told about.
pub struct Place {
    pub folder: TempDir,
    pub port: u16,
    guide: Guide,
    cas: String,
    cas_port: u16,
    authority: PathBuf,
    /// Applications as the page names them, and where they are.
    applications: Vec<(&'static str, String)>,
}

impl Place {
    fn new(guide: &Guide, front: &Front) -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary directory"),
            port: free_port(),
            guide: guide.clone(),
            cas: front.base(),
            cas_port: front.port,
            authority: front.authority(),
            applications: Vec::new(),
        }
    }

    /// A file as the page shows it, with this machine's names in place of the university's.
    pub fn file(&self, name: &str) -> String {
        self.here(self.guide.file(name))
    }

    /// Writes a file of the page into a folder of the application, changed by `edit`.
    pub fn write(&self, name: &str, edit: impl Fn(String) -> String) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, edit(self.file(name))).expect("the folder can be written");
        path
    }

    /// The certificate of the authority to trust.
    pub fn authority(&self) -> &Path {
        &self.authority
    }

    /// The port of the server for browsers and applications.
    pub fn cas_port(&self) -> u16 {
        self.cas_port
    }

    fn here(&self, text: &str) -> String {
        let folder = self.folder.path().display();
        let names = [
            ("https://sso.univ.example/cas", self.cas.clone()),
            (
                "'sso.univ.example', 443",
                format!("'localhost', {}", self.cas_port),
            ),
            ("192.0.2.10", "127.0.0.1".to_owned()),
            ("8000", self.port.to_string()),
            (
                "/etc/ssl/certs/ca-certificates.crt",
                self.authority.display().to_string(),
            ),
            ("/var/cache/apache2/mod_auth_cas", format!("{folder}/sessions")),
            ("/var/lib/portal", format!("{folder}/grants")),
        ];
        let text = names
            .iter()
            .chain(&self.applications)
            .fold(text.to_owned(), |text, (there, here)| text.replace(there, here));
        for there in ["univ.example", "192.0.2.", "/etc/", "/var/"] {
            assert!(!text.contains(there), "{there} is not of this machine:\n{text}");
        }
        text
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
    /// Starts a server, and with `start` two applications that are set up and registered as a page of the guide says.
    pub fn with(guide: &'static str, start: impl Fn(&Place) -> Process) -> Self {
        let (guide, front) = (Guide::open(guide), Front::new());
        let places = [(); 2].map(|()| {
            let mut place = Place::new(&guide, &front);
            place.applications = vec![(APP, http(&place))];
            place
        });
        let key =
            |place: &Place, key: &str| place.file("service.toml").replace("\"app\"", &format!("{key:?}"));
        let services = key(&places[0], "first") + &key(&places[1], "second");
        let urls = places.each_ref().map(http);
        Self::run(front, places, urls, &services, [&start, &start])
    }

    /// Starts a server, a portal under https and an application behind it, registered as a page of the guide says.
    pub fn proxying(
        guide: &'static str,
        portal: impl Fn(&Place) -> Process,
        behind: impl Fn(&Place) -> Process,
    ) -> Self {
        let (guide, front) = (Guide::open(guide), Front::new());
        let mut places = [(); 2].map(|()| Place::new(&guide, &front));
        let urls = [format!("https://localhost:{}", places[0].port), http(&places[1])];
        for place in &mut places {
            place.applications = vec![(PORTAL, urls[0].clone()), (APP, urls[1].clone())];
        }
        let services = places[0].file("proxy.toml");
        Self::run(front, places, urls, &services, [&portal, &behind])
    }

    fn run(
        front: Front,
        places: [Place; 2],
        urls: [String; 2],
        services: &str,
        start: [&dyn Fn(&Place) -> Process; 2],
    ) -> Self {
        let program = Program::new()
            .set("server.public_url", &front.base())
            .set("server.trusted_proxies", "127.0.0.1/32")
            .trusting(&front.authority());
        program.services(services);
        program.user(EMILE, "Émile", "Vaubrunel");
        let server = program.serve();
        let mut running: Vec<Process> = start
            .iter()
            .zip(&places)
            .map(|(start, place)| start(place))
            .collect();
        running.push(front.start(program.port));
        running.push(server);
        let [first, second] = urls.map(|url| url + "/");
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

fn http(place: &Place) -> String {
    format!("http://127.0.0.1:{}", place.port)
}

/// The text of a file of `tests/data/clients`.
pub fn data(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/clients")
        .join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Replaces every `{{NAME}}` of a template.
pub fn fill(template: &str, blanks: &[(&str, &str)]) -> String {
    let filled = blanks.iter().fold(template.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{{{name}}}}}"), value)
    });
    assert!(!filled.contains("{{"), "a blank was left open:\n{filled}");
    filled
}
