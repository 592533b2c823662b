//! The program, its database, and everybody who uses it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use vestibule::store::{Database, Target};

use super::book::{Book, Deed};
use super::client::{self, Client, Entry, Lost};
use super::people::Supply;
use crate::support::database::lines;
use crate::support::postgres::Postgres;
use crate::support::program::Program;

/// The service that everybody visits.
const MAIL: &str = "[[service]]\nkey = \"mail\"\nname = { fr = \"Messagerie\", en = \"Email\" }\nurl = \"https://mail.univ.example/\"\nlogout = { kind = \"none\" }\n";

/// How names begin that nobody has.
pub const NOBODY: &str = "nobody";

/// Where everything is.
pub struct Site {
    pub program: Program,
    /// The server of the database, where it is not embedded.
    pub postgres: Option<Postgres>,
    pub book: Book,
    pub supply: Supply,
    http: reqwest::Client,
    target: String,
    chance: Mutex<StdRng>,
    passwords: AtomicUsize,
    falling: Arc<AtomicBool>,
    asks_twice: bool,
}

impl Site {
    /// The program on an empty database.
    pub fn new(postgres: Option<Postgres>, seed: u64) -> Self {
        let program = Program::new();
        let target = match &postgres {
            Some(server) => server.database(),
            None => format!("sqlite://{}", program.folder.path().join("crashes.db").display()),
        };
        let program = program
            .set("database.url", &target)
            .set("server.trusted_proxies", "127.0.0.0/8")
            .set("activation.code", "always")
            .set("activation.available_after", "0s")
            .set("identifiers.login_rule", "roster")
            // Longer than a round on the busiest machine: a ticket that is refused was spent.
            .set("tickets.service_ticket", "5m");
        program.services(MAIL);
        Self {
            program,
            postgres,
            book: Book::default(),
            supply: Supply::default(),
            http: client::http(),
            target,
            chance: Mutex::new(StdRng::seed_from_u64(seed)),
            passwords: AtomicUsize::new(0),
            falling: Arc::default(),
            asks_twice: false,
        }
    }

    /// The same, where everybody who gets no answer asks once more, when the program is there again, unless it is killed.
    pub fn where_people_ask_twice(self) -> Self {
        Self {
            asks_twice: true,
            ..self
        }
    }

    /// Says that the program is killed now, or that it is up again.
    pub fn falls(&self, falling: bool) {
        self.falling.store(falling, Ordering::SeqCst);
    }

    /// Notes an answer that was lost although nothing was killed.
    pub fn lost(&self, who: &str, lost: &Lost) {
        if !self.falling.load(Ordering::SeqCst) {
            self.book.wrong(format!(
                "{who}: an answer is lost while nothing is killed: {}",
                lost.why
            ));
        }
    }

    /// A browser of this person.
    pub fn browser(&self, login: &str) -> Client {
        let number = login
            .bytes()
            .fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        let [_, a, b, c] = number.to_be_bytes();
        let address = format!("10.{a}.{b}.{c}");
        let client = Client::new(&self.http, &self.program.base(), &address);
        if self.asks_twice {
            client.asking_twice_until(&self.falling)
        } else {
            client
        }
    }

    /// A chance number below `end`.
    pub fn below(&self, end: usize) -> usize {
        self.chance.lock().expect("nobody panics").random_range(0..end)
    }

    /// A password that nobody ever had.
    pub fn password(&self) -> String {
        let number = self.passwords.fetch_add(1, Ordering::SeqCst);
        format!("trois tasses de thé vert {number}")
    }

    /// Presents a password that is believed to be right, and notes what comes of it.
    pub async fn sign_in(&self, client: &mut Client, login: &str, password: &str) -> Result<Entry, Lost> {
        self.present(client, login, password, Deed::SignIn).await
    }

    /// Presents a password that is believed to be wrong.
    pub async fn guess(&self, client: &mut Client, login: &str, password: &str) -> Result<Entry, Lost> {
        self.present(client, login, password, Deed::WrongPassword).await
    }

    /// Whether a password opens the account now, in a browser of its own.
    pub async fn opens(&self, login: &str, password: &str) -> Result<bool, Lost> {
        match self.guess(&mut self.browser(login), login, password).await? {
            Entry::In => Ok(true),
            Entry::Wrong => Ok(false),
            Entry::Waits => Err(Lost {
                sent: false,
                why: format!("no try is left for {login}"),
            }),
        }
    }

    async fn present(
        &self,
        client: &mut Client,
        login: &str,
        password: &str,
        believed: Deed,
    ) -> Result<Entry, Lost> {
        // Of a name that nobody has, the audit knows only that a person typed it.
        let who = if login.starts_with(NOBODY) {
            "person"
        } else {
            login
        };
        let outcome = client.enter(login, password).await;
        match &outcome {
            Ok(Entry::In) => self.book.done(Deed::SignIn, who),
            Ok(Entry::Wrong) => self.book.done(Deed::WrongPassword, who),
            Err(lost) if lost.sent => self.book.unknown(believed, who),
            Ok(Entry::Waits) | Err(_) => {}
        }
        outcome
    }

    /// What a query answers: lines of one column called `line`.
    pub async fn lines(&self, sql: impl Into<String>) -> Vec<String> {
        let (target, sql) = (self.target.parse::<Target>().expect("an address"), sql.into());
        // Opened each time: a connection of ours must not spare the program what it has to do after a crash.
        let db = Database::open(target, 1).expect("the database opens");
        db.write(move |conn| lines(conn, &sql)).await.expect("an answer")
    }
}
