//! What the program uses once the file was read: parsed addresses, durations, networks and words as types.

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::Duration;
use ipnet::IpNet;
use secrecy::SecretString;

use super::values::{Colour, PublicUrl};

/// Where the server is reached.
#[derive(Debug, Clone)]
pub struct Server {
    /// The address people and services use; every absolute address starts with it.
    pub public_url: PublicUrl,
    /// Where the program listens.
    pub listen: SocketAddr,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Threads that answer requests: one per processor core.
    pub workers: usize,
    /// How long the server goes on, no longer ready, after a stop was asked for.
    pub leave: Duration,
    /// How long requests under way may go on after that.
    pub drain: Duration,
    /// How long the server waits for a client. No key: nobody has a reason to change it but a test.
    pub patience: Patience,
}

/// How long a client may take over one request ([S-71]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For the head.
    pub head: std::time::Duration,
    /// For the body, from its first byte to its last.
    pub body: std::time::Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            head: std::time::Duration::from_secs(10),
            body: std::time::Duration::from_secs(15),
        }
    }
}

/// Where accounts, sessions and tickets are kept.
#[derive(Debug, Clone)]
pub struct Database {
    /// Which engine, and where.
    pub place: DatabasePlace,
    /// Connections that read, at least 1.
    pub readers: usize,
}

/// The engine and its address.
#[derive(Debug, Clone)]
pub enum DatabasePlace {
    /// The embedded engine, in this file.
    Sqlite(PathBuf),
    /// A `PostgreSQL` server; the address may hold a password.
    Postgres(SecretString),
}

/// The files of the server's keys.
#[derive(Debug, Clone)]
pub struct KeyFiles {
    /// The key in force.
    pub file: PathBuf,
    /// The keys before it, newest first.
    pub former: Vec<PathBuf>,
}

/// One text in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bilingual {
    /// In French.
    pub fr: String,
    /// In English.
    pub en: String,
}

/// What the pages say about the university.
#[derive(Debug, Clone)]
pub struct University {
    /// Its name.
    pub name: Bilingual,
    /// Its short name.
    pub short: String,
    /// The domain of mail addresses and scoped attributes, lower case.
    pub domain: String,
    /// Its establishment code, 8 characters.
    pub uai: Option<String>,
    /// Its public site.
    pub home_url: Option<String>,
    /// The colour of buttons; white on it has a contrast of 4.5 or more.
    pub primary: Colour,
    /// How far the pages conform to the accessibility rules.
    pub accessibility: Accessibility,
    /// Whom to ask for help.
    pub support: Option<Bilingual>,
    /// Where certificates and their codes are handed out.
    pub registrar: Option<Bilingual>,
}

/// The mandatory accessibility statement (RGAA).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accessibility {
    /// Non conforme.
    None,
    /// Partiellement conforme.
    Partial,
    /// Totalement conforme.
    Full,
}

/// How long a sign-in lasts.
#[derive(Debug, Clone)]
pub struct Sessions {
    /// On one's own device.
    pub private: Limits,
    /// On a public or shared computer.
    pub public: Limits,
    /// How long a browser stays signed in on request; `None` does not offer it.
    pub remember_me: Option<Duration>,
    /// The session cookie.
    pub cookie: Cookie,
}

/// The two limits of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Unused for this long, it ends.
    pub idle: Duration,
    /// It ends after this long, used or not.
    pub absolute: Duration,
}

/// The name and reach of the session cookie (`[S-21]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    /// Its name; one that starts with `__Host-` comes with path `/` and `secure`.
    pub name: String,
    /// Its path: `/` for a `__Host-` name, the context of the public address otherwise.
    pub path: String,
    /// Whether it travels over https only.
    pub secure: bool,
}

/// Signing out everywhere at once.
#[derive(Debug, Clone)]
pub struct Logout {
    /// How long the page waits for the services' answers.
    pub page_wait: Duration,
    /// How long a service that does not answer is tried again.
    pub give_up: Duration,
    /// Whether the browser goes back to the registered service that asked.
    pub follow_service: bool,
}

/// The rules for chosen passwords.
#[derive(Debug, Clone)]
pub struct Password {
    /// The fewest characters.
    pub min_length: usize,
    /// The least strength, in bits.
    pub min_bits: u32,
    /// The fewest digits of a password of digits alone: what `min_bits` amounts to.
    pub digits_only_min: usize,
    /// Groups of four letters in a generated password.
    pub generated_groups: usize,
    /// More passwords to refuse, one per line.
    pub extra_blocklist: Option<PathBuf>,
}

/// The cost of Argon2id. Lanes stay at 1: cores are kept busy by several hashes, not by several lanes of one.
#[derive(Debug, Clone)]
pub struct Hashing {
    /// Memory of one hash, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Hashes at the same time, at least 1.
    pub threads: usize,
    /// Sign-ins that may wait for a free thread.
    pub queue: usize,
}

/// First access.
#[derive(Debug, Clone)]
pub struct Activation {
    /// When the certificate code is asked for.
    pub code: CodeDemand,
    /// How long after enrolment an account can be obtained.
    pub available_after: Duration,
    /// How long after enrolment it can be obtained without coming to the desk.
    pub window: Duration,
    /// Where the charter is read; `None` when there is none to accept.
    pub charter: Option<Bilingual>,
    /// The version of the charter, kept with each acceptance.
    pub charter_version: String,
}

/// When first access asks for the certificate code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeDemand {
    /// While failures are more than usual.
    Adaptive,
    /// From everybody.
    Always,
    /// From nobody but those for whom a birth date cannot be enough.
    Never,
}

/// Limits on guessing.
#[derive(Debug, Clone)]
pub struct Throttle {
    /// Wrong passwords for one person in 24 hours.
    pub login_day: u32,
    /// How long a refused sign-in is held back while far more fail than usual. No key: a second is what it takes.
    pub pause: std::time::Duration,
    /// Networks where many people share an address.
    pub campus_networks: Vec<IpNet>,
    /// Networks of public computers.
    pub public_computers: Vec<IpNet>,
}

/// Requests the server makes.
#[derive(Debug, Clone)]
pub struct Outbound {
    /// Private networks where registered services live.
    pub allowed_networks: Vec<IpNet>,
    /// How long one request may take in all.
    pub timeout: Duration,
}

/// Logins and file numbers.
#[derive(Debug, Clone)]
pub struct Identifiers {
    /// How a login is made from a name.
    pub login_rule: LoginRule,
    /// More logins never to give, one per line.
    pub reserved_words: Option<PathBuf>,
    /// Digits of a file number.
    pub file_number_digits: usize,
}

/// How a login is made from a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginRule {
    /// `cdupont`
    InitialName,
    /// `camille.dupont`
    FirstDotLast,
    /// `dupontc`
    NameInitial,
    /// As the roster says.
    Roster,
}

/// What is forgotten, and when.
#[derive(Debug, Clone)]
pub struct Retention {
    /// Security events.
    pub audit: Duration,
    /// The story of each ticket; none keeps no story.
    pub tickets: Option<Duration>,
}

impl Retention {
    /// How long a spent ticket is remembered. Without a story, for as long as anybody might present it again in earnest.
    pub fn ticket_stories(&self) -> Duration {
        self.tickets.unwrap_or(Duration::hours(1))
    }
}

/// What the program tells its operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// In which form.
    pub format: LogFormat,
    /// The least serious message worth a line.
    pub level: LogLevel,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Text,
    /// For collectors, one object per line.
    Json,
}

/// How serious a log line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// Something broke.
    Error,
    /// Something is wrong or was refused.
    Warn,
    /// What happened.
    Info,
    /// Why it happened.
    Debug,
}
