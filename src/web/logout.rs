//! `/logout`: the session ends, the services are told, and the person sees which heard it.

use std::collections::BTreeSet;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};

use super::Web;
use super::activation::token;
use super::answer::Answer;
use super::cookies::Name;
use super::guard::policy_with_images;
use super::origin::is_ours;
use super::pages::{LogoutConfirmPage, LogoutDonePage, Notified, NotifiedService, Service, Trouble};
use super::request::{self, Browser, is_prefetch};
use crate::cas::catalogue::LogoutDialect;
use crate::cas::request::LogoutRequest;
use crate::cas::service::ServiceUrl;
use crate::flow::arrive::{Destination, Refusal, admit, resume};
use crate::flow::forms;
use crate::flow::sign_out::{SignedOut, results, sign_out};
use crate::store::outbox::{Message, Outcome};
use chrono::Duration;

const FORM: &str = "logout";

/// `GET /logout`: ends the session at once ([O-1]), but for two cases: a browser that fetches ahead, and a foreign page
/// that sends somebody here without naming a service; that one gets a question first.
pub async fn show(request: HttpRequest, web: web::Data<Web>) -> HttpResponse {
    let browser = Browser::of(&request, &web);
    let answer = Answer::new(&web, &browser);
    if request.method() == Method::HEAD {
        return answer.empty(StatusCode::OK);
    }
    if is_prefetch(&request) {
        return answer.empty(StatusCode::NO_CONTENT);
    }
    let asked =
        request::query(&request).and_then(|all| LogoutRequest::parse(&all).map_err(|_| Trouble::BadRequest));
    let asked = match asked {
        Ok(asked) => asked,
        Err(trouble) => return answer.trouble(&trouble),
    };
    if asked.service.is_none() && is_cross_site(&request) {
        return question(&web, &browser, answer).await;
    }
    end(&web, &browser, asked).await
}

/// `POST /logout`: from our own pages, at once; the session cookie does not travel with a foreign page's POST.
pub async fn submit(request: HttpRequest, web: web::Data<Web>, body: web::Payload) -> HttpResponse {
    let browser = Browser::of(&request, &web);
    let answer = Answer::new(&web, &browser);
    let parameters = match request::form(&request, body).await {
        Ok(parameters) => parameters,
        Err(trouble) => return answer.trouble(&trouble),
    };
    let value = |name| parameters.one(name).ok().flatten();
    if value("answer") == Some("no") {
        return answer.redirect(&web.path("/login"));
    }
    let bound = browser.form_cookie.as_deref().unwrap_or_default();
    let proven = value("execution")
        .is_some_and(|token| forms::check(&web.app, FORM, bound, token, web.app.clock.now()).is_some());
    if !proven && !is_ours(&request, &web) {
        return question(&web, &browser, answer).await;
    }
    match LogoutRequest::parse(&parameters) {
        Ok(asked) => end(&web, &browser, asked).await,
        Err(_) => answer.trouble(&Trouble::BadRequest),
    }
}

fn is_cross_site(request: &HttpRequest) -> bool {
    request
        .headers()
        .get("sec-fetch-site")
        .is_some_and(|site| site.as_bytes() == b"cross-site")
}

async fn question(web: &Web, browser: &Browser, answer: Answer<'_>) -> HttpResponse {
    match resume(&web.app, &browser.visitor, web.app.clock.now()).await {
        Err(fault) => answer.fault(&fault),
        Ok(None) => end(web, browser, LogoutRequest::default()).await,
        Ok(Some(_)) => {
            let (answer, execution) = token(web, browser, FORM);
            let page = LogoutConfirmPage {
                execution,
                service: None,
            };
            answer.page(&page, &browser.frame_at(&web.path("/logout")).signed_in())
        }
    }
}

async fn end(web: &Web, browser: &Browser, asked: LogoutRequest) -> HttpResponse {
    let answer = Answer::new(web, browser);
    let back = asked
        .service
        .as_deref()
        .map(|text| admit(&web.app, text))
        .transpose();
    let ended = match sign_out(&web.app, &browser.visitor).await {
        Ok(ended) => ended,
        Err(fault) => return answer.fault(&fault),
    };
    let mut answer = answer.clear_session().clear(Name::Warn);
    if ended.had_session {
        answer = answer.set(Name::Receipt, &ended.receipt, Some(Duration::minutes(10)));
    }
    match back {
        // Calls that the browser has to make need a page to be made from, and there is none but this one.
        Err(_) if ended.has_errands => told(web, browser, answer, &ended, None).await,
        Err(Refusal::CarriesTicket) => answer.trouble(&Trouble::ServiceWithTicket),
        Err(Refusal::Unknown(host)) => answer.trouble(&Trouble::ServiceRefused(host)),
        // On that page, the way back is a button.
        Ok(Some(back)) if web.app.config.logout.follow_service && !ended.has_errands => {
            answer.redirect(&back.url.location())
        }
        Ok(back) => told(web, browser, answer, &ended, back.as_ref()).await,
    }
}

/// The page after signing out. A browser that has no session any more but holds the receipt of its last sign-out sees
/// the list of that one again: this is the link *Actualiser*.
async fn told(
    web: &Web,
    browser: &Browser,
    answer: Answer<'_>,
    ended: &SignedOut,
    back: Option<&Destination>,
) -> HttpResponse {
    let (receipt, patience) = match (ended.had_session, &browser.receipt) {
        (true, _) => (Some(ended.receipt.as_str()), web.app.config.logout.page_wait),
        (false, receipt) => (receipt.as_deref(), Duration::zero()),
    };
    let messages = match receipt {
        None => Vec::new(),
        Some(receipt) => match results(&web.app, receipt, patience.to_std().unwrap_or_default()).await {
            Ok(messages) => messages,
            Err(fault) => return answer.fault(&fault),
        },
    };
    let services = services(web, browser, &messages);
    let waiting = messages.iter().any(|message| message.outcome == Outcome::Pending);
    let page = LogoutDonePage {
        had_session: ended.had_session || !messages.is_empty(),
        public: ended.public_computer,
        services,
        refresh: waiting.then(|| web.path("/logout")),
        back: back.map(|to| Service {
            name: to.service.name.for_language(browser.locale.code()).to_owned(),
            host: to.url.host().to_owned(),
            url: to.url.original().to_owned(),
            field: "service",
        }),
    };
    let answer = if ended.public_computer {
        answer.header("Clear-Site-Data", "\"cache\"".into())
    } else {
        answer
    };
    let called: BTreeSet<String> = messages
        .iter()
        .filter(|message| message.outcome == Outcome::Front)
        .filter_map(|message| Some(ServiceUrl::parse(&message.address).ok()?.origin()))
        .collect();
    let answer = if called.is_empty() {
        answer
    } else {
        answer.header("Content-Security-Policy", policy_with_images(&called))
    };
    answer.page(&page, &browser.frame_at(&web.path("/logout")))
}

/// One line a service; of several messages to one, the worst news counts.
fn services(web: &Web, browser: &Browser, messages: &[Message]) -> Vec<NotifiedService> {
    let catalogue = web.app.catalogue();
    let mut lines: Vec<(&str, Vec<&Message>)> = Vec::new();
    for message in messages {
        match lines.iter_mut().find(|(key, _)| *key == message.service_key) {
            Some((_, all)) => all.push(message),
            None => lines.push((&message.service_key, vec![message])),
        }
    }
    lines
        .into_iter()
        .map(|(key, messages)| {
            let service = catalogue.service(key);
            let dialect = service.map(|service| service.logout.dialect).unwrap_or_default();
            let states = messages.iter().map(|message| state(message.outcome));
            NotifiedService {
                name: service
                    .map_or(key, |service| service.name.for_language(browser.locale.code()))
                    .to_owned(),
                state: states.max().unwrap_or(Notified::Received),
                calls: messages
                    .iter()
                    .filter_map(|message| call(message, dialect))
                    .collect(),
            }
        })
        .collect()
}

fn state(outcome: Outcome) -> Notified {
    match outcome {
        Outcome::Received | Outcome::Answered => Notified::Received,
        Outcome::Front => Notified::Browser,
        Outcome::Unsupported => Notified::Unsupported,
        Outcome::Pending => Notified::Pending,
        Outcome::Failed => Notified::Failed,
    }
}

/// The address by which the browser takes the message to the service. It names a ticket that is spent.
fn call(message: &Message, dialect: LogoutDialect) -> Option<String> {
    let address = ServiceUrl::parse(&message.address).ok()?;
    (message.outcome == Outcome::Front).then(|| message.request().front_channel_url(&address, dialect))
}
