//! A small server that answers rightly as long as it is not told to be wrong: each fault must be found.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use reqwest::Url;
use vestibule::conformance::{self, Options};
use vestibule::kernel::clock::ManualClock;

use super::here::Hands;
use crate::support::server::start;

/// What is wrong with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    ReplaysTickets,
    KeepsTicketOfWrongService,
    FailsWith500,
    DeclaresXml,
    OneLineNo,
    RedirectsAnywhere,
    TicketFirst,
    UnderscoreInTicket,
    AcceptsAnyPassword,
    GatewayAddsEmptyTicket,
    RenewIsIgnored,
    BlankReason,
    SessionSurvivesSignOut,
}

#[derive(Default)]
struct State {
    count: u32,
    sessions: BTreeSet<String>,
    /// Ticket, service, session, from new login.
    tickets: Vec<(String, String, String, bool)>,
}

struct Fake {
    faults: Vec<Fault>,
    state: Mutex<State>,
}

const SERVICE: &str = "https://app.example.org/";

impl Fake {
    fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    fn grant(&self, service: &str, session: &str, new: bool) -> HttpResponse {
        let mut state = self.state.lock().expect("the state");
        state.count += 1;
        let dash = if self.has(Fault::UnderscoreInTicket) {
            '_'
        } else {
            '-'
        };
        let ticket = format!("ST-{}-0123456789{dash}abcdefghijklmnopqrstuvwxyz", state.count);
        state
            .tickets
            .push((ticket.clone(), service.to_owned(), session.to_owned(), new));
        let (address, fragment) = service
            .split_once('#')
            .map_or((service, None), |(a, f)| (a, Some(f)));
        let location = if self.has(Fault::TicketFirst) && address.contains('?') {
            address.replacen('?', &format!("?ticket={ticket}&"), 1)
        } else {
            let sign = if address.contains('?') { '&' } else { '?' };
            format!("{address}{sign}ticket={ticket}")
        };
        let location = fragment.map_or(location.clone(), |fragment| format!("{location}#{fragment}"));
        redirect(&location)
    }

    fn check(&self, service: &str, ticket: &str, renew: bool) -> Result<bool, &'static str> {
        if service.trim().is_empty() || ticket.trim().is_empty() {
            return Err("INVALID_REQUEST");
        }
        let mut state = self.state.lock().expect("the state");
        let at = state.tickets.iter().position(|(known, ..)| known == ticket);
        let at = at.ok_or("INVALID_TICKET")?;
        let (_, right, session, new) = state.tickets[at].clone();
        let wrong = right != service;
        let kept = self.has(Fault::ReplaysTickets) || (wrong && self.has(Fault::KeepsTicketOfWrongService));
        if !kept {
            state.tickets.remove(at);
        }
        if !state.sessions.contains(&session) {
            return Err("INVALID_TICKET");
        }
        if wrong {
            return Err("INVALID_SERVICE");
        }
        if renew && !new {
            Err("INVALID_TICKET")
        } else {
            Ok(new)
        }
    }
}

fn redirect(location: &str) -> HttpResponse {
    HttpResponse::Found()
        .insert_header(("Location", location))
        .finish()
}

fn form(status: StatusCode, service: &str) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html;charset=UTF-8")
        .body(format!(
            "<form method=\"post\" action=\"login\"><input type=\"hidden\" name=\"service\" value=\"{}\">\
             <input name=\"username\"><input type=\"password\" name=\"password\"></form>",
            service
                .replace('&', "&amp;")
                .replace('"', "&quot;")
                .replace('<', "&lt;")
        ))
}

/// Query and body as one list; the body comes first.
fn parameter(request: &HttpRequest, body: &str, wanted: &str) -> String {
    let read = |text: &str| {
        let url = Url::parse(&format!("http://a/?{text}")).expect("a query");
        let found = url.query_pairs().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.into_owned())
    };
    read(body)
        .or_else(|| read(request.query_string()))
        .unwrap_or_default()
}

fn cookie(request: &HttpRequest) -> Option<String> {
    let line = request.headers().get("cookie")?.to_str().ok()?;
    line.split("; ")
        .find_map(|pair| pair.strip_prefix("TGC="))
        .map(str::to_owned)
}

async fn answer(request: HttpRequest, body: String, fake: web::Data<Fake>) -> HttpResponse {
    let of = |name: &str| parameter(&request, &body, name);
    let service = of("service");
    let session = cookie(&request);
    let alive = |session: &String| fake.state.lock().expect("the state").sessions.contains(session);
    let session = session.filter(alive);
    match request.path().rsplit('/').next().unwrap_or_default() {
        "login" => login(&request, &body, &service, session, &fake),
        "logout" => {
            if let Some(session) = session.filter(|_| !fake.has(Fault::SessionSurvivesSignOut)) {
                fake.state.lock().expect("the state").sessions.remove(&session);
            }
            HttpResponse::Ok().content_type("text/html").body("bye")
        }
        "validate" => {
            let yes = fake.check(&service, &of("ticket"), false).is_ok();
            let no = if fake.has(Fault::OneLineNo) {
                "no\n"
            } else {
                "no\n\n"
            };
            let text = if yes { "yes\nbob\n" } else { no };
            HttpResponse::Ok().content_type("text/plain").body(text)
        }
        _ => {
            let verdict = fake.check(&service, &of("ticket"), of("renew") == "true");
            let status = match verdict {
                Err(_) if fake.has(Fault::FailsWith500) => StatusCode::INTERNAL_SERVER_ERROR,
                _ => StatusCode::OK,
            };
            let reason = if fake.has(Fault::BlankReason) {
                ""
            } else {
                "refused"
            };
            let inner = match verdict {
                Ok(new) => format!(
                    "<cas:authenticationSuccess>\n<cas:user>bob</cas:user>\n<cas:attributes>\n\
                     <cas:isFromNewLogin>{new}</cas:isFromNewLogin>\n</cas:attributes>\n</cas:authenticationSuccess>"
                ),
                Err(code) => {
                    format!("<cas:authenticationFailure code=\"{code}\">{reason}</cas:authenticationFailure>")
                }
            };
            let first = if fake.has(Fault::DeclaresXml) {
                "<?xml version=\"1.0\"?>\n"
            } else {
                ""
            };
            let text = format!(
                "{first}<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>\n{inner}\n</cas:serviceResponse>\n"
            );
            HttpResponse::build(status)
                .content_type("application/xml")
                .body(text)
        }
    }
}

fn login(
    request: &HttpRequest,
    body: &str,
    service: &str,
    session: Option<String>,
    fake: &Fake,
) -> HttpResponse {
    let odd = service.contains('\\') || service.contains(char::is_control);
    let known = service.is_empty() || (service.starts_with(SERVICE) && !odd);
    if !known && !fake.has(Fault::RedirectsAnywhere) {
        return HttpResponse::Forbidden().body("no");
    }
    let of = |name: &str| parameter(request, body, name);
    if !of("password").is_empty() && request.method() == "POST" {
        if of("password") != "secret" && !fake.has(Fault::AcceptsAnyPassword) {
            return form(StatusCode::UNAUTHORIZED, service);
        }
        let name = {
            let mut state = fake.state.lock().expect("the state");
            state.count += 1;
            let name = format!("session-{}", state.count);
            state.sessions.insert(name.clone());
            name
        };
        let mut reply = fake.grant(service, &name, true);
        let cookie = format!("TGC={name}; Path=/; HttpOnly; SameSite=Lax");
        reply.headers_mut().insert(
            actix_web::http::header::SET_COOKIE,
            cookie.parse().expect("a header"),
        );
        return reply;
    }
    let renew =
        ["true", "True", "on", "1"].contains(&of("renew").as_str()) && !fake.has(Fault::RenewIsIgnored);
    match session {
        Some(session) if !renew && !service.is_empty() => fake.grant(service, &session, false),
        None if of("gateway") == "true" && !renew => {
            let more = if fake.has(Fault::GatewayAddsEmptyTicket) {
                "&ticket="
            } else {
                ""
            };
            redirect(&format!("{service}{more}"))
        }
        _ => form(StatusCode::OK, service),
    }
}

/// The clauses of `only` that a server with these faults fails.
async fn failed(faults: &[Fault], only: &str) -> Vec<String> {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}/cas", socket.local_addr().expect("an address"));
    let fake = web::Data::from(Arc::new(Fake {
        faults: faults.to_vec(),
        state: Mutex::default(),
    }));
    let server = HttpServer::new(move || App::new().app_data(fake.clone()).default_service(web::to(answer)))
        .workers(1)
        .disable_signals()
        .listen(socket)
        .expect("it listens")
        .run();
    let handle = server.handle();
    tokio::spawn(server);
    let options = Options {
        name: "broken".to_owned(),
        base,
        user: "bob".to_owned(),
        password: "secret".into(),
        service: SERVICE.to_owned(),
        second: None,
        listening: None,
        callback: None,
        target: None,
        refused: "https://elsewhere.example/".to_owned(),
        wrong_passwords: 4,
        ticket_lifetime: Some(Duration::from_secs(30)),
        only: Some(only.to_owned()),
        time: Arc::new(Hands(ManualClock::at(start()))),
    };
    let report = conformance::run(options, |_| {}).await.expect("it answers");
    handle.stop(false).await;
    let findings = report.findings.into_iter();
    findings
        .filter(|one| one.outcome.word() == "fail")
        .map(|one| one.clause)
        .collect()
}

/// Each fault and a clause that it breaks.
const FAULTS: [(Fault, &str); 19] = [
    (Fault::ReplaysTickets, "ticket.once"),
    (Fault::ReplaysTickets, "ticket.race"),
    (Fault::KeepsTicketOfWrongService, "ticket.wrong-service"),
    (Fault::FailsWith500, "xml.failure"),
    (Fault::FailsWith500, "ticket.unknown"),
    (Fault::DeclaresXml, "xml.beginning"),
    (Fault::OneLineNo, "validate.failure"),
    (Fault::RedirectsAnywhere, "session.unregistered"),
    (Fault::RedirectsAnywhere, "session.unregistered-gateway"),
    (Fault::RedirectsAnywhere, "session.hostile"),
    (Fault::TicketFirst, "address.query"),
    (Fault::UnderscoreInTicket, "ticket.form"),
    (Fault::AcceptsAnyPassword, "sign-in.wrong-password"),
    (Fault::GatewayAddsEmptyTicket, "session.gateway-without"),
    (Fault::RenewIsIgnored, "session.renew"),
    (Fault::RenewIsIgnored, "session.renew-gateway"),
    (Fault::BlankReason, "xml.failure"),
    (Fault::SessionSurvivesSignOut, "sign-out.ends"),
    (Fault::SessionSurvivesSignOut, "ticket.dies-at-sign-out"),
];

#[tokio::test]
async fn a_server_that_answers_wrongly_fails_the_clause_that_it_breaks() {
    for (fault, clause) in FAULTS {
        let with = failed(&[fault], clause).await;
        let without = failed(&[], clause).await;

        assert!(with.contains(&clause.to_owned()), "{fault:?} passes {clause}");
        assert!(
            !without.contains(&clause.to_owned()),
            "a right server fails {clause}"
        );
    }
}
