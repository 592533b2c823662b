//! The configuration file, key by key: this one table gives the structs that read it, the annotated file that
//! `vestibule init` writes and the reference page, so that none of them can say something else than the others.

use serde::{Deserialize, Serialize};

use super::kind::Kind::{
    self, Address, Choice, Colour, File, Files, Listen, Networks, PublicUrl, Span, SpanOrOff, Switch, Text,
    Whole,
};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// One key of the file, as the reference describes it.
#[derive(Debug)]
pub struct Key {
    /// The table it stands in: `session`.
    pub section: &'static str,
    /// Its name there: `idle`.
    pub name: &'static str,
    /// What a value looks like.
    pub kind: Kind,
    /// The value when nothing is written, without quotes.
    pub default: &'static str,
    /// What it does, one line of text per element.
    pub doc: &'static [&'static str],
}

/// One table of the file.
#[derive(Debug)]
pub struct Section {
    /// Its name: `session`.
    pub name: &'static str,
    /// What it is about.
    pub doc: &'static [&'static str],
    /// Its keys, in the order of the file.
    pub keys: &'static [Key],
}

/// Declares each section as a struct that serde fills and as an entry of [`SECTIONS`]. The doc comments serve both.
macro_rules! sections {
    ($(
        $(#[doc = $about:literal])+
        $section:ident: $name:ident {
            $( $(#[doc = $doc:literal])+ $key:ident: $type:ty = $kind:expr, $default:literal; )+
        }
    )+) => {
        /// The whole file, every key filled in.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        pub struct Raw {
            $( $(#[doc = $about])+ pub $section: $name, )+
        }
        $(
            $(#[doc = $about])+
            #[derive(Debug, Clone, Serialize, Deserialize)]
            pub struct $name {
                $( $(#[doc = $doc])+ pub $key: $type, )+
            }
        )+
        /// Every section of the file, in its order.
        pub const SECTIONS: &[Section] = &[$(
            Section {
                name: stringify!($section),
                doc: &[$($about),+],
                keys: &[$(
                    Key {
                        section: stringify!($section),
                        name: stringify!($key),
                        kind: $kind,
                        default: $default,
                        doc: &[$($doc),+],
                    },
                )+],
            },
        )+];
    };
}

sections! {
    /// Where the server is reached.
    server: Server {
        /// The address people and services use, without a final slash. Everything after the host is the prefix of
        /// every path. Plain http is accepted for this machine only.
        public_url: String = PublicUrl, "http://localhost:8080/cas";
        /// Where the program listens. Behind a reverse proxy, leave it on the loopback address.
        listen: String = Listen, "127.0.0.1:8080";
        /// The reverse proxies whose X-Forwarded-For is believed. Others' is ignored.
        trusted_proxies: Vec<String> = Networks, "";
        /// How long the program goes on after it was asked to stop, saying at `/health/ready` that it is not ready: what
        /// the balancer needs to notice, two of its checks and a second. A server by itself needs none.
        leave: String = Span(0, MINUTE), "0s";
        /// How long requests under way may go on after that.
        drain: String = Span(0, 5 * MINUTE), "20s";
    }

    /// Where accounts, sessions and tickets are kept.
    database: Database {
        /// `sqlite://` and a path (relative paths start in the working directory), or `postgres://user@host/base`.
        /// A `PostgreSQL` server elsewhere must show a certificate for its name; `sslmode`, `sslrootcert`, several hosts
        /// and other parameters: see the guide on several nodes. An address that holds a password belongs in the file
        /// named by `url_file`.
        url: String = Text, "sqlite://vestibule.db";
        /// A file whose first line is the address; it takes the place of url.
        url_file: String = File, "";
        /// Connections that read from PostgreSQL; one more writes. SQLite is read where it is asked.
        readers: i64 = Whole(1, 64), "3";
    }

    /// The server's secret keys: what signs forms and protects stored codes. Back them up apart from the database:
    /// without them no password opens anything.
    keys: Keys {
        /// The key in force. Empty: `vestibule.key` next to the `SQLite` database, or in the working directory.
        /// It is made at the first start and must be readable by the server's user only.
        file: String = File, "";
        /// Keys that went before, newest first. What they signed stays good until they are removed from this list.
        former_files: Vec<String> = Files, "";
    }

    /// What the pages say about the university.
    university: University {
        /// Its name in French.
        name_fr: String = Text, "Université d’Exemple";
        /// Its name in English.
        name_en: String = Text, "University of Example";
        /// Its short name, for narrow screens and printed sheets.
        short: String = Text, "UnivEx";
        /// The domain of mail addresses and of `eduPersonPrincipalName`.
        domain: String = Text, "univ.example";
        /// Its code in the national directory of establishments (UAI), for the attributes of the `SupAnn` schema; empty for none.
        uai: String = Text, "";
        /// Its public site; empty for none.
        home_url: String = Address, "";
        /// The colour of buttons and of the header. White text must be readable on it.
        primary: String = Colour, "#1F4E79";
        /// How far the pages conform to the accessibility rules, as the home page must say (RGAA).
        accessibility: String = Choice(&["none", "partial", "full"]), "none";
        /// Whom to ask for help, in French: an address, a telephone number, a place.
        support_fr: String = Text, "";
        /// Whom to ask for help, in English.
        support_en: String = Text, "";
        /// Where certificates and their codes are handed out, in French.
        registrar_fr: String = Text, "";
        /// Where certificates and their codes are handed out, in English.
        registrar_en: String = Text, "";
    }

    /// How long one sign-in lasts. Idle time starts again at each service visited; nothing outlasts the absolute limit.
    session: Session {
        /// Unused for this long, a session ends.
        idle: String = Span(5 * MINUTE, DAY), "2h";
        /// A session ends after this long, used or not. Ten hours are a teaching day.
        absolute: String = Span(5 * MINUTE, 7 * DAY), "10h";
        /// The idle limit on a public or shared computer.
        public_idle: String = Span(MINUTE, DAY), "20m";
        /// The absolute limit on a public or shared computer.
        public_absolute: String = Span(MINUTE, DAY), "2h";
        /// How long a browser stays signed in when its owner asks for it; `off` does not offer it.
        remember_me: String = SpanOrOff(DAY, 30 * DAY), "off";
        /// The name of the session cookie. Empty: `__Host-TGC` under https, `TGC` under http.
        cookie: String = Text, "";
    }

    /// What services receive, and where it is remembered.
    tickets: Tickets {
        /// Where sessions, tickets and the ledgers of failed passwords are kept: `database`, or a Redis or Valkey server
        /// (6.2 or newer) that several nodes share: `redis://host`, `redis+sentinel://host,host/name`,
        /// `redis+cluster://host,host`, each with `rediss` for TLS. `memory` forgets them at each restart and serves one
        /// node. An address that holds a password belongs in the file named by `registry_file`; see the guide on Redis.
        registry: String = Text, "database";
        /// A file whose first line is that address; it takes the place of registry.
        registry_file: String = File, "";
        /// How long a service has to present a ticket. Longer is kind to slow services, and to thieves.
        service_ticket: String = Span(5, 5 * MINUTE), "30s";
    }

    /// What the answers to applications that speak SAML 1.1 say of this server.
    saml: Saml {
        /// The name under which it issues assertions. An application that was told another one compares it.
        issuer: String = Text, "localhost";
    }

    /// The CAS REST protocol under `/v1`: programs present passwords themselves, for tools that cannot use a browser.
    rest: Rest {
        /// Whether it is answered. Off, its paths do not exist.
        enabled: bool = Switch, "false";
    }

    /// Signing out everywhere at once.
    logout: Logout {
        /// How long the page waits for the services' answers.
        page_wait: String = Span(0, 10), "3s";
        /// How long a service that does not answer is tried again.
        give_up: String = Span(0, DAY), "10m";
        /// Whether the browser goes back to the service that asked for the sign-out, when it is registered.
        follow_service: bool = Switch, "true";
    }

    /// The rules for passwords that people choose. More than 128 characters are refused, never cut.
    password: Password {
        /// The fewest characters.
        min_length: i64 = Whole(8, 64), "12";
        /// The least strength in bits: length × log2 of the alphabet used. The CNIL asks 50 where guesses are limited.
        /// Twelve letters reach it; digits alone need sixteen.
        min_bits: i64 = Whole(30, 128), "50";
        /// Groups of four letters in the passwords the server makes: three are 52 bits, four are 70.
        generated_groups: i64 = Whole(3, 6), "3";
        /// More passwords to refuse, one per line, UTF-8; empty for none.
        extra_blocklist: String = File, "";
    }

    /// The cost of checking a password (Argon2id). Raise it as machines get faster: accounts follow at their next sign-in.
    hashing: Hashing {
        /// Memory of one hash, in KiB.
        memory_kib: i64 = Whole(8_192, 1_048_576), "19456";
        /// Passes over that memory.
        passes: i64 = Whole(1, 16), "2";
        /// Hashes at the same time, each with its memory; 0 means one per processor core.
        threads: i64 = Whole(0, 256), "0";
        /// Sign-ins that may wait for a free thread. Beyond, they are told to come back.
        queue: i64 = Whole(1, 1_024), "32";
    }

    /// First access: how a student who never signed in obtains the account.
    activation: Activation {
        /// When the certificate code is asked for: `always` (recommended), `adaptive` (a birth date is enough
        /// while failures stay rare), `never` (record that risk).
        code: String = Choice(&["adaptive", "always", "never"]), "adaptive";
        /// How long after enrolment an account can be obtained; shown to those who come too early.
        available_after: String = Span(0, 30 * DAY), "24h";
        /// How long after enrolment the account can be obtained without coming to the desk.
        window: String = Span(DAY, 730 * DAY), "120d";
        /// The rules for computers and networks that are accepted at first access, in French; empty for none.
        charter_url_fr: String = Address, "";
        /// The same, in English.
        charter_url_en: String = Address, "";
        /// The version of these rules, kept with each acceptance.
        charter_version: String = Text, "1";
    }

    /// Limits on guessing.
    throttle: Throttle {
        /// Wrong passwords for one person in 24 hours.
        login_day: i64 = Whole(5, 100), "25";
        /// Networks where many people share an address: their limits per address are ten times higher, and a person's
        /// wrong passwords are counted apart there.
        campus_networks: Vec<String> = Networks, "";
        /// Networks of public computers: limits as above, and short sessions.
        public_computers: Vec<String> = Networks, "";
    }

    /// Requests the server makes: single logout and proxy callbacks.
    outbound: Outbound {
        /// Private networks where registered services live. Other private addresses are never contacted.
        allowed_networks: Vec<String> = Networks, "";
        /// How long one request may take in all.
        timeout: String = Span(1, 30), "5s";
    }

    /// Logins and file numbers.
    identifiers: Identifiers {
        /// How a login is made from a name: `initial-name` cdupont, `first.last` camille.dupont,
        /// `name-initial` dupontc, `roster` as the imported file says.
        login_rule: String = Choice(&["initial-name", "first.last", "name-initial", "roster"]), "initial-name";
        /// More logins never to give, one per line, UTF-8; empty for none.
        reserved_words: String = File, "";
        /// Digits of a file number (numéro de dossier).
        file_number_digits: i64 = Whole(4, 14), "8";
    }

    /// What is forgotten, and when.
    retention: Retention {
        /// Security events. The CNIL advises six to twelve months.
        audit: String = Span(30 * DAY, 1_095 * DAY), "365d";
        /// The story of each ticket, from which `vestibule ticket explain` tells why one was refused. `off` keeps none:
        /// no address is noted, and refusals carry no trace number.
        tickets: String = SpanOrOff(HOUR, 30 * DAY), "7d";
    }

    /// What the program tells its operator, on standard error.
    log: Log {
        /// `text` for people, `json` for collectors, `auto`: text on a terminal and JSON elsewhere.
        format: String = Choice(&["auto", "text", "json"]), "auto";
        /// The least serious message worth a line.
        level: String = Choice(&["error", "warn", "info", "debug"]), "info";
    }
}

impl Key {
    /// Its full name: `session.idle`.
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }
}

/// Every key of the file, in its order.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    SECTIONS.iter().flat_map(|section| section.keys)
}
