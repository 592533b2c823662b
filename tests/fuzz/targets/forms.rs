//! What a stranger sends: parameters, tickets, and the fields that people type.

use chrono::NaiveDate;
use vestibule::cas::parameters::Parameters;
use vestibule::cas::request::{Dialect, LoginRequest, LogoutRequest, ProxyRequest, ValidateRequest};
use vestibule::cas::rest::{Asked, Media};
use vestibule::cas::ticket::{
    AnyTicket, ProxyGrantingTicketId, ProxyGrantingTicketIou, TicketDigest, TicketGrantingTicketId, Trace,
};
use vestibule::people::birth_date::{BirthDate, TypedDate};
use vestibule::people::code::CertificateCode;
use vestibule::people::dated_hash::DatedHash;
use vestibule::people::file_number::{FileNumber, FileNumberFormat};
use vestibule::people::names::Names;
use vestibule::people::naming::{Login, LoginRule, mail_address};
use vestibule::people::password::{Personal, Policy, normalise};
use vestibule::people::spelling::{Locale, spelling};
use vestibule::people::{folding, generated};
use vestibule::web::user_agent;

/// An address line and a body: read by every story, and no value is blank or holds NUL.
pub fn form(input: &[u8]) {
    let at = input
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(input.len());
    let (query, body) = input.split_at(at);
    let Ok(parameters) = Parameters::parse(query, body.get(1..)) else {
        return;
    };
    asked(&parameters);
    // What is not read from an address line is not there when it stands in one.
    let line = Parameters::parse(query, None).expect("half of what was read");
    for name in ["username", "password", "execution", "rememberMe"] {
        assert_eq!(line.one(name), Ok(None));
    }
    // Neither half can contradict the other about where to go.
    let address = |parameters: &Parameters| parameters.one("service").ok().flatten().map(str::to_owned);
    let (whole, line) = (address(&parameters), address(&line));
    assert!(whole.is_none() || line.is_none() || whole == line || body.len() > 1);
}

/// A JSON object: what it says of us is read as `serde_json` reads it, or nothing is.
pub fn json(input: &[u8]) {
    let Ok(parameters) = Media::Json.decode(input) else {
        return;
    };
    // A value that belongs to no parameter is not looked at, and need not even be text.
    if let (Ok(read), Ok(Some(service))) = (
        serde_json::from_slice::<serde_json::Value>(input),
        parameters.one("service"),
    ) {
        assert_eq!(read["service"], service);
    }
    asked(&parameters);
}

fn asked(parameters: &Parameters) {
    for name in ["service", "TARGET", "ticket", "username", "password", "pgtUrl"] {
        if let Ok(Some(value)) = parameters.one(name) {
            assert!(
                !value.trim().is_empty() && !value.contains('\0'),
                "{name}: {value:?}"
            );
        }
    }
    if let Ok(login) = LoginRequest::parse(parameters) {
        assert!(!(login.renew() && login.gateway()));
    }
    if let Ok(request) = ValidateRequest::parse(parameters, Dialect::Cas1) {
        assert_eq!(request.pgt_url, None);
        // A short one may stand in the name of a field.
        let is_secret = request.ticket.starts_with("ST-") && !request.service.contains(&*request.ticket);
        assert!(!is_secret || !format!("{request:?}").contains(&*request.ticket));
    }
    let _ = LogoutRequest::parse(parameters);
    let _ = ValidateRequest::parse(parameters, Dialect::Cas2);
    let _ = ProxyRequest::parse(parameters);
    if let Ok(asked) = Asked::parse(parameters) {
        assert!(format!("{asked:?}").len() < 1 << 20);
    }
}

/// A ticket is letters, digits and hyphens behind its prefix, of a bounded length, and never shown.
pub fn ticket(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let trace = TicketDigest::trace_of(&text);
    assert_eq!(Trace::parse(&trace.to_string()), Some(trace));
    if let Some(read) = Trace::parse(&text) {
        assert_eq!(Trace::parse(&read.to_string()), Some(read));
        let _ = read.next();
    }
    let shown = [
        AnyTicket::parse(&text)
            .map(|id| (id.expose().to_owned(), format!("{id:?}")))
            .ok(),
        TicketGrantingTicketId::parse(&text)
            .map(|id| (id.expose().to_owned(), format!("{id:?}")))
            .ok(),
        ProxyGrantingTicketId::parse(&text)
            .map(|id| (id.expose().to_owned(), format!("{id:?}")))
            .ok(),
        ProxyGrantingTicketIou::parse(&text)
            .map(|id| (id.expose().to_owned(), format!("{id:?}")))
            .ok(),
    ];
    let read: Vec<_> = shown.into_iter().flatten().collect();
    assert!(read.len() < 2, "{text} is a ticket of two kinds");
    for (exposed, debug) in read {
        assert_eq!(exposed, text);
        assert!(
            text.len() <= 128
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        );
        assert!(text.len() < 24 || !debug.contains(&*text), "{debug}");
    }
}

/// What people type into a field: read the same when it is read again.
pub fn typed(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (first, rest) = super::halves(&text);
    let (second, third) = super::halves(rest);
    if let Some(login) = Login::typed(first) {
        assert_eq!(Login::typed(login.as_str()), Some(login));
    }
    if let Ok(code) = CertificateCode::parse(first) {
        assert_eq!(CertificateCode::parse(&code.display()), Ok(code));
    }
    let format = FileNumberFormat::default();
    if let Ok(number) = FileNumber::parse(first, &format) {
        assert_eq!(FileNumber::parse(number.as_str(), &format), Ok(number));
    }
    let today = NaiveDate::from_ymd_opt(2026, 10, 5).expect("a day");
    if let Ok(typed) = TypedDate::parse(first, second, third, today) {
        let _ = typed.is_plausible(today);
    }
    if let Ok(born) = BirthDate::parse_roster(first) {
        assert_eq!(BirthDate::parse_roster(&born.to_iso()), Ok(born));
    }
    named(first, second);
    password(first, second);
    assert!(user_agent::describe(first).len() < 256);
}

fn named(given: &str, birth: &str) {
    let names = Names::new(given, birth);
    let _ = (names.display_name(), names.short_name(), names.initials());
    for locale in [Locale::Fr, Locale::En] {
        let _ = spelling(given, locale);
    }
    let login = LoginRule::default().login(&names, |_| false);
    assert_eq!(Login::typed(login.as_str()), Some(login));
    let mail = mail_address(&names, "univ.example", |_| false);
    assert!(mail.is_ascii() && mail.ends_with("@univ.example"), "{mail}");
    let folded = folding::fold_alphanumeric(given);
    assert_eq!(folding::fold_alphanumeric(&folded), folded);
}

fn password(first: &str, login: &str) {
    let normal = normalise(first);
    assert_eq!(*normalise(&normal), *normal);
    let canonical = generated::canonical(first);
    assert_eq!(*generated::canonical(&canonical), *canonical);
    let about = Personal {
        login,
        surnames: &[login],
        given_names: &[first],
        file_number: "22601234",
        birth_date: BirthDate::new(2007, 3, 27),
        university: &["univ"],
    };
    let _ = Policy::default().check(&normal, &about);
    if let Ok(hash) = DatedHash::parse(first) {
        let _ = hash.is_of(login);
    }
}
