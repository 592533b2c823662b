//! Two nodes behind a balancer that is set up as the guide says, with this machine's addresses in place of the
//! university's.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use reqwest::{Certificate, Client, redirect};

use crate::clients::front::Front as Certified;
use crate::clients::guide::Guide;
use crate::rolling::campus::{Campus, login, password};
use crate::rolling::chain::Visitor;
use crate::rolling::front::Front;
use crate::support::process::Process;

/// How a balancer is started from a folder and the file of the page.
pub type Start = fn(&Path, &str) -> Process;

/// Everything that runs. Fields are dropped in this order.
pub struct House {
    pub balancer: Process,
    pub campus: Campus,
    certified: Certified,
}

impl House {
    /// Two nodes and, in front of them, what `start` makes of the file of this name.
    pub fn with(name: &str, start: Start) -> Self {
        let certified = Certified::new();
        let settings = [
            ("server.public_url", certified.base()),
            ("server.trusted_proxies", "127.0.0.1/32".to_owned()),
            // Nobody has a minute: a second signal ends it.
            ("server.leave", "1m".to_owned()),
        ];
        let settings = settings.each_ref().map(|(key, value)| (*key, value.as_str()));
        let campus = Campus::start(&[None, None], &settings, 1);
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide/several-nodes.md");
        let file = here(Guide::read(&page).file(name), &certified, &campus.ports());
        Self {
            balancer: start(certified.folder.path(), &file),
            campus,
            certified,
        }
    }

    /// A browser, or an application, that comes from an address of this machine.
    pub fn client(&self, from: &str) -> Client {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let from: IpAddr = from.parse().expect("an address");
        let pem = fs::read(self.certified.authority()).expect("the authority's certificate");
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .local_address(from)
            .tls_certs_only([Certificate::from_pem(&pem).expect("a certificate")]);
        client.build().expect("a client")
    }

    /// The way to the nodes for whoever comes from there.
    pub fn front(&self, from: &str) -> Front {
        Front::through(&self.origin(), self.client(from))
    }

    /// The address of the balancer.
    pub fn origin(&self) -> String {
        format!("https://localhost:{}", self.certified.port)
    }

    /// A sign-in from that address, so many visits, and a sign-out: all of it has to go well.
    pub async fn somebody_works(&self, from: &str, visits: usize) {
        let front = self.front(from);
        let signing_in = Visitor::sign_in(&front, &login(0), password()).await;
        let (visitor, _) = signing_in.expect("a sign-in");
        for _ in 0..visits {
            visitor.visit(&front).await.expect("a visit");
        }
        visitor.sign_out(&front).await.expect("a sign-out");
    }
}

fn here(text: &str, certified: &Certified, ports: &[u16]) -> String {
    let folder = certified.folder.path();
    let file = |name: &str| folder.join(name).display().to_string();
    let names = [
        ("192.0.2.11:8080", format!("127.0.0.1:{}", ports[0])),
        ("192.0.2.12:8080", format!("127.0.0.1:{}", ports[1])),
        ("bind :443", format!("bind 127.0.0.1:{}", certified.port)),
        ("listen 443", format!("listen 127.0.0.1:{}", certified.port)),
        ("/etc/ssl/private/sso.univ.example.pem", both(folder)),
        ("/etc/ssl/certs/sso.univ.example.pem", file("front.pem")),
        ("/etc/ssl/private/sso.univ.example.key", file("front.key")),
        ("sso.univ.example", "localhost".to_owned()),
    ];
    let text = names
        .iter()
        .fold(text.to_owned(), |text, (there, here)| text.replace(there, here));
    for there in ["univ.example", "192.0.2.", "/etc/"] {
        assert!(!text.contains(there), "{there} is not of this machine:\n{text}");
    }
    text
}

/// The certificate and its key in one file.
fn both(folder: &Path) -> String {
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a file of the certificate");
    let path: PathBuf = folder.join("both.pem");
    fs::write(&path, read("front.pem") + &read("front.key")).expect("the folder can be written");
    path.display().to_string()
}
