//! From the file's texts to the program's types, and the checks that concern several keys at once.

use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use chrono::Duration;
use ipnet::IpNet;
use secrecy::SecretString;

use super::Config;
use super::problem::Problems;
use super::raw::{self, Raw};
use super::settings::{
    Accessibility, Activation, Bilingual, CodeDemand, Cookie, Database, DatabasePlace, Hashing, Identifiers,
    KeyFiles, Limits, Log, LogFormat, LogLevel, LoginRule, Logout, Outbound, Password, Patience, Retention,
    Server, Sessions, Throttle, University,
};
use super::values::{Colour, PublicUrl, is_host, read_network, read_span};

/// The configuration that `raw` describes. What cannot be is noted in `problems`; the answer is then of no use.
pub(super) fn resolve(raw: &Raw, problems: &mut Problems) -> Config {
    let database = database(&raw.database, problems);
    let public_url = PublicUrl::parse(&raw.server.public_url).expect(CHECKED);
    Config {
        keys: key_files(&raw.keys, &database.place),
        database,
        sessions: sessions(&raw.session, &public_url, problems),
        server: Server {
            public_url,
            listen: raw.server.listen.parse().expect(CHECKED),
            trusted_proxies: networks(&raw.server.trusted_proxies),
            workers: cores_unless(0),
            leave: span(&raw.server.leave),
            drain: span(&raw.server.drain),
            patience: Patience::default(),
        },
        university: university(&raw.university, problems),
        registry: registry(&raw.tickets, problems),
        service_ticket: span(&raw.tickets.service_ticket),
        rest: raw.rest.enabled,
        saml_issuer: saml_issuer(&raw.saml.issuer, problems),
        logout: Logout {
            page_wait: span(&raw.logout.page_wait),
            give_up: span(&raw.logout.give_up),
            follow_service: raw.logout.follow_service,
        },
        password: password(&raw.password, problems),
        hashing: Hashing {
            memory_kib: whole(raw.hashing.memory_kib),
            passes: whole(raw.hashing.passes),
            threads: cores_unless(raw.hashing.threads),
            queue: whole(raw.hashing.queue),
        },
        activation: activation(&raw.activation, problems),
        throttle: Throttle {
            login_day: whole(raw.throttle.login_day),
            pause: std::time::Duration::from_secs(1),
            campus_networks: networks(&raw.throttle.campus_networks),
            public_computers: networks(&raw.throttle.public_computers),
        },
        outbound: Outbound {
            allowed_networks: networks(&raw.outbound.allowed_networks),
            timeout: span(&raw.outbound.timeout),
        },
        identifiers: identifiers(&raw.identifiers, problems),
        retention: Retention {
            audit: span(&raw.retention.audit),
            tickets: read_span(&raw.retention.tickets),
        },
        log: log(&raw.log),
    }
}

/// Why reading a value again cannot fail.
const CHECKED: &str = "the value was checked against its kind";

fn span(text: &str) -> Duration {
    read_span(text).expect(CHECKED)
}

fn networks(texts: &[String]) -> Vec<IpNet> {
    texts
        .iter()
        .map(|text| read_network(text).expect(CHECKED))
        .collect()
}

fn whole<T: TryFrom<i64>>(number: i64) -> T {
    T::try_from(number).ok().expect(CHECKED)
}

/// `number`, or one per processor core for 0.
fn cores_unless(number: i64) -> usize {
    match number {
        0 => available_parallelism().map_or(1, usize::from),
        number => whole(number),
    }
}

/// The text, or `None` when it is empty.
fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The first line of `file`, if that key is filled, or else `written`; and the key it comes from.
fn address(
    keys: [&'static str; 2],
    written: &str,
    file: &str,
    problems: &mut Problems,
) -> (&'static str, String) {
    let [key, file_key] = keys;
    let Some(file) = filled(file) else {
        return (key, written.to_owned());
    };
    match std::fs::read_to_string(&file) {
        Ok(content) => (file_key, content.lines().next().unwrap_or_default().to_owned()),
        Err(error) => {
            problems.note(file_key, format!("names {file}, which cannot be read: {error}"));
            (key, written.to_owned())
        }
    }
}

fn database(raw: &raw::Database, problems: &mut Problems) -> Database {
    let (at, url) = address(
        ["database.url", "database.url_file"],
        &raw.url,
        &raw.url_file,
        problems,
    );
    let place = match url.trim().split_once("://") {
        Some(("sqlite", path)) if !path.is_empty() => DatabasePlace::Sqlite(PathBuf::from(path)),
        Some(("postgres" | "postgresql", rest)) if !rest.is_empty() => {
            DatabasePlace::Postgres(SecretString::from(url.trim()))
        }
        _ => {
            // The text is not repeated: it may hold a password.
            problems.note(at, "must be sqlite:// and a path, or postgres://user@host/base");
            DatabasePlace::Sqlite(PathBuf::new())
        }
    };
    Database {
        place,
        readers: whole(raw.readers),
    }
}

fn registry(raw: &raw::Tickets, problems: &mut Problems) -> SecretString {
    let keys = ["tickets.registry", "tickets.registry_file"];
    let (_, address) = address(keys, &raw.registry, &raw.registry_file, problems);
    address.trim().into()
}

fn key_files(raw: &raw::Keys, place: &DatabasePlace) -> KeyFiles {
    let beside = match place {
        DatabasePlace::Sqlite(path) => path.parent().unwrap_or(Path::new("")),
        DatabasePlace::Postgres(_) => Path::new(""),
    };
    KeyFiles {
        file: filled(&raw.file).map_or_else(|| beside.join("vestibule.key"), PathBuf::from),
        former: raw.former_files.iter().map(PathBuf::from).collect(),
    }
}

fn sessions(raw: &raw::Session, public_url: &PublicUrl, problems: &mut Problems) -> Sessions {
    let limits = |idle: &str, absolute: &str| Limits {
        idle: span(idle),
        absolute: span(absolute),
    };
    let sessions = Sessions {
        private: limits(&raw.idle, &raw.absolute),
        public: limits(&raw.public_idle, &raw.public_absolute),
        remember_me: read_span(&raw.remember_me),
        cookie: cookie(&raw.cookie, public_url, problems),
    };
    let mut at_most = |key: &str, value: Duration, other: &str, most: Duration| {
        if value > most {
            problems.note(key, format!("must not be longer than {other}"));
        }
    };
    let (private, public) = (sessions.private, sessions.public);
    at_most("session.idle", private.idle, "session.absolute", private.absolute);
    at_most(
        "session.public_idle",
        public.idle,
        "session.public_absolute",
        public.absolute,
    );
    at_most("session.public_idle", public.idle, "session.idle", private.idle);
    at_most(
        "session.public_absolute",
        public.absolute,
        "session.absolute",
        private.absolute,
    );
    sessions
}

/// The cookie. `__Host-` keeps a sibling host of the university from planting one, but demands https and path `/`.
fn cookie(name: &str, public_url: &PublicUrl, problems: &mut Problems) -> Cookie {
    let secure = public_url.is_secure();
    let default = if secure { "__Host-TGC" } else { "TGC" };
    let name = filled(name).unwrap_or_else(|| default.to_owned());
    let token = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !name.bytes().all(token) {
        problems.note(
            "session.cookie",
            "must be letters, digits, hyphens, dots and underscores",
        );
    }
    let host_bound = name.starts_with("__Host-");
    if host_bound && !secure {
        problems.note(
            "session.cookie",
            "can start with __Host- only when server.public_url is https",
        );
    }
    let context = public_url.context();
    let path = if host_bound || context.is_empty() {
        "/"
    } else {
        context
    };
    Cookie {
        path: path.to_owned(),
        name,
        secure,
    }
}

fn university(raw: &raw::University, problems: &mut Problems) -> University {
    for (key, text) in [
        ("university.name_fr", &raw.name_fr),
        ("university.name_en", &raw.name_en),
        ("university.short", &raw.short),
    ] {
        if filled(text).is_none() {
            problems.note(key, "must not be empty");
        }
    }
    if !is_host(&raw.domain) {
        problems.note(
            "university.domain",
            "must be a domain such as univ.example, in lower case",
        );
    }
    let uai = filled(&raw.uai);
    if uai.as_deref().is_some_and(|code| !is_uai(code)) {
        problems.note(
            "university.uai",
            "must be seven digits and a capital letter such as 0999999X",
        );
    }
    University {
        name: Bilingual {
            fr: raw.name_fr.clone(),
            en: raw.name_en.clone(),
        },
        short: raw.short.clone(),
        domain: raw.domain.clone(),
        uai,
        home_url: filled(&raw.home_url),
        primary: Colour::parse(&raw.primary).expect(CHECKED),
        accessibility: match raw.accessibility.as_str() {
            "full" => Accessibility::Full,
            "partial" => Accessibility::Partial,
            _ => Accessibility::None,
        },
        support: bilingual("university.support", &raw.support_fr, &raw.support_en, problems),
        registrar: bilingual(
            "university.registrar",
            &raw.registrar_fr,
            &raw.registrar_en,
            problems,
        ),
    }
}

fn is_uai(code: &str) -> bool {
    code.len() == 8
        && code.bytes().take(7).all(|byte| byte.is_ascii_digit())
        && code.bytes().skip(7).all(|byte| byte.is_ascii_uppercase())
}

/// Both texts, or neither: half of the readers must not find a blank.
fn bilingual(key: &str, fr: &str, en: &str, problems: &mut Problems) -> Option<Bilingual> {
    match (filled(fr), filled(en)) {
        (Some(fr), Some(en)) => Some(Bilingual { fr, en }),
        (None, None) => None,
        (Some(_), None) => {
            problems.note(format!("{key}_en"), format!("is missing while {key}_fr is there"));
            None
        }
        (None, Some(_)) => {
            problems.note(format!("{key}_fr"), format!("is missing while {key}_en is there"));
            None
        }
    }
}

fn saml_issuer(text: &str, problems: &mut Problems) -> String {
    let issuer = filled(text).unwrap_or_default();
    if issuer.is_empty() || issuer.contains(char::is_control) {
        problems.note("saml.issuer", "must be a name of one line");
    }
    issuer
}

fn password(raw: &raw::Password, problems: &mut Problems) -> Password {
    Password {
        min_length: whole(raw.min_length),
        min_bits: whole(raw.min_bits),
        digits_only_min: digits_for(whole(raw.min_bits)),
        generated_groups: whole(raw.generated_groups),
        extra_blocklist: readable("password.extra_blocklist", &raw.extra_blocklist, problems),
    }
}

/// The fewest digits that are worth `bits`, at log2(10) bits each.
fn digits_for(bits: u32) -> usize {
    (0_usize..)
        .zip(std::iter::successors(Some(0.0), |sum| Some(sum + 10_f64.log2())))
        .find(|(_, worth)| *worth >= f64::from(bits))
        .map_or(usize::MAX, |(digits, _)| digits)
}

fn activation(raw: &raw::Activation, problems: &mut Problems) -> Activation {
    Activation {
        code: match raw.code.as_str() {
            "always" => CodeDemand::Always,
            "never" => CodeDemand::Never,
            _ => CodeDemand::Adaptive,
        },
        available_after: span(&raw.available_after),
        window: span(&raw.window),
        charter: bilingual(
            "activation.charter_url",
            &raw.charter_url_fr,
            &raw.charter_url_en,
            problems,
        ),
        charter_version: raw.charter_version.clone(),
    }
}

fn identifiers(raw: &raw::Identifiers, problems: &mut Problems) -> Identifiers {
    Identifiers {
        login_rule: match raw.login_rule.as_str() {
            "first.last" => LoginRule::FirstDotLast,
            "name-initial" => LoginRule::NameInitial,
            "roster" => LoginRule::Roster,
            _ => LoginRule::InitialName,
        },
        reserved_words: readable("identifiers.reserved_words", &raw.reserved_words, problems),
        file_number_digits: whole(raw.file_number_digits),
    }
}

/// The path, once it was found to be readable text: better to hear of it now than at the first sign-in.
fn readable(key: &str, path: &str, problems: &mut Problems) -> Option<PathBuf> {
    let path = filled(path)?;
    if let Err(error) = std::fs::read_to_string(&path) {
        problems.note(key, format!("names {path}, which cannot be read: {error}"));
    }
    Some(PathBuf::from(path))
}

fn log(raw: &raw::Log) -> Log {
    Log {
        format: match raw.format.as_str() {
            "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            _ => LogFormat::Auto,
        },
        level: match raw.level.as_str() {
            "error" => LogLevel::Error,
            "warn" => LogLevel::Warn,
            "debug" => LogLevel::Debug,
            _ => LogLevel::Info,
        },
    }
}
