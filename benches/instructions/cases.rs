//! What is counted: the public functions on the way of a sign-on.

use std::hint::black_box;

use vestibule::cas::assertion::Assertion;
use vestibule::cas::catalogue::{Catalogue, Service as Registered};
use vestibule::cas::failure::{Cause, Failure};
use vestibule::cas::parameters::Parameters;
use vestibule::cas::render::{json, v1, v2};
use vestibule::cas::request::{Dialect, LoginRequest, ValidateRequest};
use vestibule::cas::saml::{render as saml, request::SamlRequest};
use vestibule::cas::service::ServiceUrl;
use vestibule::cas::ticket::AnyTicket;
use vestibule::kernel::entropy::Entropy;
use vestibule::web::pages::{FieldError, Frame, Locale, LoginPage, Page, Pages, Service, Shown, Site};

/// What is called, under its name.
pub type Case = (&'static str, Box<dyn Fn()>);

const TICKET: &str = "ST-0ZkQ2mA-gQ7wL9x2Vb8dT3nR5yKc1JfHs6PuE4Za0";
const QUERY: &str =
    "service=https%3A%2F%2Fapp7.univ.example%2Flogin%3Fnext%3D%252Fcourses%252F12&renew=true&lang=fr";
const ADDRESS: &str = "https://app7.univ.example/login?next=%2Fcourses%2F12";
const FORM: &[u8] =
    b"username=corsonneau&password=trois+petits+tours+de+piste&execution=AAYxQ8hYh0bTQ3Zk2lq1mB7c\
    YpQmS0n8dR3xV5w9uK1jH6tGfEzLaCiOyPsNvXrMbDkWq2e4&_eventId=submit\
    &service=https%3A%2F%2Fapp7.univ.example%2Flogin";
const ENVELOPE: &str = concat!(
    r#"<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Header/>"#,
    r#"<SOAP-ENV:Body><samlp:Request xmlns:samlp="urn:oasis:names:tc:SAML:1.0:protocol" MajorVersion="1" "#,
    r#"MinorVersion="1" RequestID="_192.168.16.51.1024506224022" IssueInstant="2002-06-19T17:03:44.022Z">"#,
    "<samlp:AssertionArtifact>ST-0ZkQ2mA-gQ7wL9x2Vb8dT3nR5yKc1JfHs6PuE4Za0</samlp:AssertionArtifact>",
    "</samlp:Request></SOAP-ENV:Body></SOAP-ENV:Envelope>",
);

/// Every case, in the order in which they are told.
pub fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    parse(&mut cases);
    matching(&mut cases);
    render(&mut cases);
    pages(&mut cases);
    cases
}

fn add<T>(cases: &mut Vec<Case>, name: &'static str, case: impl Fn() -> T + 'static) {
    cases.push((
        name,
        Box::new(move || {
            black_box(case());
        }),
    ));
}

fn read(query: &str) -> Parameters {
    Parameters::parse(query.as_bytes(), None).expect("a query")
}

fn parse(cases: &mut Vec<Case>) {
    add(cases, "parse: query of /login", || {
        Parameters::parse(black_box(QUERY).as_bytes(), None)
    });
    add(cases, "parse: form of /login", || {
        Parameters::parse(b"", Some(black_box(FORM)))
    });
    let parameters = read(QUERY);
    add(cases, "parse: login request", move || {
        LoginRequest::parse(black_box(&parameters))
    });
    let parameters = read(&format!("{QUERY}&ticket={TICKET}"));
    add(cases, "parse: validation request", move || {
        ValidateRequest::parse(black_box(&parameters), Dialect::Cas2)
    });
    add(cases, "parse: service address", || {
        ServiceUrl::parse(black_box(ADDRESS))
    });
    AnyTicket::parse(TICKET).expect("a ticket");
    add(cases, "parse: ticket, and its digest", || {
        AnyTicket::parse(black_box(TICKET)).map(|ticket| ticket.digest())
    });
    SamlRequest::parse(ENVELOPE.as_bytes()).expect("an envelope");
    add(cases, "parse: SAML envelope", || {
        SamlRequest::parse(black_box(ENVELOPE).as_bytes())
    });
}

/// Two hundred services: half on hosts of their own, half behind one host.
fn catalogue() -> Catalogue {
    let services = (0..200).map(|number| {
        let url = if number % 2 == 0 {
            format!("https://*.team{number}.univ.example/")
        } else {
            format!("https://portal.univ.example/app{number}/")
        };
        let url = if number == 7 {
            "https://app7.univ.example/".to_owned()
        } else {
            url
        };
        let text = format!(
            "{{\"key\":\"app{number}\",\"name\":{{\"fr\":\"Application {number}\",\"en\":\"Application \
             {number}\"}},\"url\":\"{url}\"}}"
        );
        serde_json::from_str::<Registered>(&text).expect("a service")
    });
    Catalogue::new(services.collect()).expect("a catalogue")
}

fn matching(cases: &mut Vec<Case>) {
    for (name, address) in [
        ("match: host of its own, 200 services", ADDRESS),
        (
            "match: any host below one, 200 services",
            "https://x.team42.univ.example/a",
        ),
        (
            "match: one path of a hundred",
            "https://portal.univ.example/app101/login",
        ),
        (
            "match: none of a hundred paths",
            "https://portal.univ.example/nothing",
        ),
        (
            "match: a host that nobody registered",
            "https://elsewhere.example/",
        ),
    ] {
        let (catalogue, url) = (catalogue(), ServiceUrl::parse(address).expect("an address"));
        add(cases, name, move || catalogue.admit(black_box(&url)).is_some());
    }
}

fn assertion() -> Assertion {
    let one = |name: &str, value: &str| (name.to_owned(), vec![value.to_owned()]);
    Assertion {
        user: "corsonneau".to_owned(),
        attributes: vec![
            one("displayName", "Camille Orsonneau"),
            one("mail", "camille.orsonneau@etu.univ.example"),
            one("supannEtuId", "22601234"),
            (
                "eduPersonAffiliation".to_owned(),
                vec!["student".to_owned(), "member".to_owned()],
            ),
        ],
        authentication_date: "2026-09-12T08:04:00Z".parse().expect("a moment"),
        long_term: false,
        from_new_login: true,
        proxies: Vec::new(),
        proxy_granting_ticket_iou: None,
    }
}

fn render(cases: &mut Vec<Case>) {
    let good = assertion();
    add(cases, "render: CAS 1.0", move || {
        v1::success(black_box(&good.user))
    });
    let good = assertion();
    add(cases, "render: CAS 3.0, XML", move || {
        v2::success(black_box(&good))
    });
    add(cases, "render: failure, XML", || {
        v2::failure(black_box(&Failure::from(Cause::TicketMissing)))
    });
    let good = assertion();
    add(cases, "render: CAS 3.0, JSON", move || {
        json::success(black_box(&good))
    });
    let (good, entropy) = (assertion(), Entropy::seeded(3));
    add(cases, "render: SAML 1.1", move || {
        let frame = saml::Frame {
            request_id: Some("_192.168.16.51.1024506224022"),
            now: good.authentication_date,
            entropy: &entropy,
        };
        saml::success(&frame, "https://sso.univ.example/cas", ADDRESS, black_box(&good))
    });
}

fn pages(cases: &mut Vec<Case>) {
    let form = LoginPage {
        execution: Shown::new("AAYxQ8hYh0bTQ3Zk2lq1mB7cYpQmS0n8dR3xV5w9uK1jH6tGfEzLaCiOyPsNvXrMbDkWq2e4"),
        service: Some(Service {
            name: "Cours en ligne".to_owned(),
            host: "app7.univ.example".to_owned(),
            url: ADDRESS.to_owned(),
            field: "service",
        }),
        ..LoginPage::default()
    };
    let wrong = LoginPage {
        username: "corsonneau".to_owned(),
        errors: FieldError::form("login-err-credentials").into(),
        ..form.clone()
    };
    page(cases, "render: sign-in form, French", Locale::Fr, form.clone());
    page(cases, "render: sign-in form, English", Locale::En, form);
    page(cases, "render: sign-in form after a mistake", Locale::Fr, wrong);
}

fn page<P: Page + 'static>(cases: &mut Vec<Case>, name: &'static str, locale: Locale, page: P) {
    let pages = Pages::new(Site::example()).expect("the pages");
    let frame = Frame::new(locale, &format!("/cas/login?{QUERY}"));
    add(cases, name, move || {
        pages.render(black_box(&page), &frame).expect("a page")
    });
}
