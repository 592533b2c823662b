//! The certificate of a PostgreSQL server, checked as far as the address says and never less than it says.

use vestibule::store::{Conn, Database, StoreError, Target};

use crate::support::callback::Authority;
use crate::support::database::lines;
use crate::support::port::free_port;
use crate::support::{Postgres, Wire, encode};

/// A server with a certificate for `localhost`.
struct Secured {
    _postgres: Postgres,
    port: u16,
    authority: String,
    stranger: String,
    _folder: tempfile::TempDir,
}

impl Secured {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let (authority, stranger) = (Authority::new(), Authority::new());
        let file = |name: &str, text: String| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("the folder can be written");
            path.to_str().expect("a path in UTF-8").to_owned()
        };
        let port = free_port();
        let postgres = Postgres::listening(port);
        let [certificate, key] = authority.localhost();
        let paths = [
            postgres.secret("server.pem", &certificate),
            postgres.secret("server.key", &key),
        ];
        postgres.set(&format!("ssl_cert_file='{}'", paths[0]));
        postgres.set(&format!("ssl_key_file='{}'", paths[1]));
        postgres.set("ssl=on");
        postgres.down();
        postgres.up();
        Self {
            _postgres: postgres,
            port,
            authority: file("authority.pem", authority.pem()),
            stranger: file("stranger.pem", stranger.pem()),
            _folder: folder,
        }
    }

    async fn open(&self, host: &str, mode: &str, roots: &str) -> Result<Vec<String>, String> {
        let address = format!(
            "postgres://postgres:s3cret@{host}:{}/postgres?sslmode={mode}&sslrootcert={}",
            self.port,
            encode(roots)
        );
        open(&address).await
    }
}

/// Whether the connections of a database that can be opened are encrypted, or the line that says why it cannot.
async fn open(address: &str) -> Result<Vec<String>, String> {
    let target: Target = address.parse().map_err(|error| format!("{error}"))?;
    let database = Database::open(target, 1).map_err(|error| error.to_string())?;
    let encrypted = |conn: &mut Conn| {
        let own = "SELECT ssl::text AS line FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        lines(conn, own)
    };
    let read = database.read(encrypted).await;
    let written = database.write(encrypted).await;
    Ok([read, written]
        .into_iter()
        .collect::<Result<Vec<_>, StoreError>>()
        .expect("the lanes answer")
        .concat())
}

fn refused(outcome: Result<Vec<String>, String>, reason: &str) {
    let line = outcome.expect_err("a refusal");
    assert!(
        line.starts_with("the database postgres on PostgreSQL cannot be opened: "),
        "{line}"
    );
    assert!(line.contains(reason), "{line}");
    assert!(!line.contains("s3cret") && !line.contains('\n'), "{line}");
}

#[tokio::test]
async fn a_database_is_reached_by_a_certificate_of_the_authority_for_its_host_and_no_other() {
    let server = Secured::start();
    let encrypted = Ok(vec!["true".to_owned(), "true".to_owned()]);

    assert_eq!(
        server.open("localhost", "verify-full", &server.authority).await,
        encrypted
    );
    refused(
        server.open("localhost", "verify-full", &server.stranger).await,
        "invalid peer certificate",
    );
    refused(
        server.open("localhost", "verify-full", "system").await,
        "invalid peer certificate",
    );
    refused(
        server.open("127.0.0.1", "verify-full", &server.authority).await,
        "not valid for name",
    );
    assert_eq!(
        server.open("127.0.0.1", "verify-ca", &server.authority).await,
        encrypted
    );
    refused(
        server.open("127.0.0.1", "verify-ca", &server.stranger).await,
        "invalid peer certificate",
    );
}

#[tokio::test]
async fn a_server_without_tls_is_refused_by_whoever_asks_for_it() {
    let postgres = Postgres::running();
    let wire = Wire::to(&postgres);
    let address = wire.address("postgres").replace("postgres@", "postgres:s3cret@");

    refused(
        open(&format!("{address}?sslmode=verify-full")).await,
        "server does not support TLS",
    );
    let plain = vec!["false".to_owned(), "false".to_owned()];
    assert_eq!(open(&address).await, Ok(plain), "nothing leaves this machine");
}

#[test]
fn a_connection_that_can_be_read_on_the_way_is_allowed_when_asked_for_and_said() {
    let warning = |address: &str| address.parse::<Target>().unwrap().warning();

    let said = warning("postgres://u:s3cret@db.univ.example/v?sslmode=disable").unwrap();
    assert!(
        said.contains("without encryption at db.univ.example:5432"),
        "{said}"
    );
    assert!(!said.contains("s3cret"), "{said}");
    assert_eq!(warning("postgres://u@db.univ.example/v"), None);
    assert_eq!(warning("postgres://u@localhost/v"), None);
}
