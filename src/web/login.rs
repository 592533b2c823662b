//! `/login`: the form, its submission, and the confirmation before a service.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Local, Utc};
use secrecy::SecretString;

use super::Web;
use super::answer::Answer;
use super::cookies::Name;
use super::origin::is_ours;
use super::pages::{
    Errors, FieldError, HandOverPage, LoginNotice, LoginPage, LoopPage, Place, PublicComputer, Service,
    Shown, SignedInPage, ThrottledPage, Tile, Trouble, Wait, WarnPage,
};
use super::request::{self, Browser, is_prefetch};
use crate::cas::loops::WINDOW;
use crate::cas::parameters::Parameters;
use crate::cas::percent::push_form_encoded;
use crate::cas::request::{LoginRequest, Method};
use crate::flow::account::{holder, tiles};
use crate::flow::arrive::{Arrival, Consent, Destination, Refusal, admit, arrive};
use crate::flow::forms;
use crate::flow::grant::HandOff;
use crate::flow::identity;
use crate::flow::limits::{Denied, Whose};
use crate::flow::sign_in::{Attempt, DEVICE_LIFETIME, Next, Opened, SignIn, sign_in};
use crate::kernel::clock::from_micros;
use crate::store::sessions::Held;

/// What the form is called in its token.
const FORM: &str = "login";

/// What the confirmation is called in its token.
const CONFIRMATION: &str = "warn";

/// `GET /login`. A HEAD, or a browser that fetches ahead, gets nothing and changes nothing ([S-23]).
pub async fn show(request: HttpRequest, web: web::Data<Web>) -> HttpResponse {
    let browser = Browser::of(&request, &web);
    if request.method() == actix_web::http::Method::HEAD {
        return Answer::new(&web, &browser).empty(StatusCode::OK);
    }
    if is_prefetch(&request) {
        return Answer::new(&web, &browser).empty(StatusCode::NO_CONTENT);
    }
    match read_request(request::query(&request)) {
        Ok((_, asked)) => arrival(&web, &browser, &asked, unasked(&browser)).await,
        Err(trouble) => Answer::new(&web, &browser).trouble(&trouble),
    }
}

/// `POST /login`: credentials, the answer to the confirmation, or, without either, what a GET would be.
pub async fn submit(request: HttpRequest, web: web::Data<Web>, body: web::Payload) -> HttpResponse {
    let browser = Browser::of(&request, &web);
    let (parameters, asked) = match read_request(request::form(&request, body).await) {
        Ok(read) => read,
        Err(trouble) => return Answer::new(&web, &browser).trouble(&trouble),
    };
    let value = |name| parameters.one(name).ok().flatten();
    if value("execution").is_none() && value("username").is_none() && value("password").is_none() {
        return arrival(&web, &browser, &asked, unasked(&browser)).await;
    }
    match value("_eventId") {
        Some("success") => confirmed(&request, &web, &browser, &parameters, &asked).await,
        Some("cancel") => arrival(&web, &browser, &LoginRequest::default(), Consent::Given).await,
        _ => credentials(&request, &web, &browser, &parameters, asked).await,
    }
}

fn read_request(parameters: Result<Parameters, Trouble>) -> Result<(Parameters, LoginRequest), Trouble> {
    let parameters = parameters?;
    let asked = LoginRequest::parse(&parameters).map_err(|_| Trouble::BadRequest)?;
    Ok((parameters, asked))
}

fn unasked(browser: &Browser) -> Consent {
    Consent::Unasked { warn: browser.warn }
}

/// Answers a browser that brings no credentials.
async fn arrival(web: &Web, browser: &Browser, asked: &LoginRequest, consent: Consent) -> HttpResponse {
    let answer = Answer::new(web, browser);
    match arrive(&web.app, asked, &browser.visitor, consent).await {
        Err(fault) => answer.fault(&fault),
        Ok(Arrival::RefuseService(refusal)) => refused(answer, refusal),
        Ok(Arrival::AccessDenied(to)) => denied(answer, browser, &to),
        Ok(Arrival::PassThrough(location)) => forget_dead(answer, browser).redirect(&location),
        Ok(Arrival::HandOff(handoff)) => hand_over(answer, web, browser, &handoff),
        Ok(Arrival::MustChange) => answer.redirect(&address(web, "/account/password", asked)),
        Ok(Arrival::AlreadyIn(held)) => signed_in(answer, web, browser, &held).await,
        Ok(Arrival::Looping(to)) => stopped(answer, web, browser, asked, &to),
        Ok(Arrival::Confirm(to, _)) => ask_to_confirm(answer, web, browser, asked, &to),
        Ok(Arrival::AskCredentials { to, held }) => {
            let answer = if held.is_none() {
                forget_dead(answer, browser)
            } else {
                answer
            };
            let mut page = blank_page(web, browser, asked, to.as_deref());
            if let Some(held) = held.filter(|_| asked.renew()) {
                page.username.clone_from(&held.login);
                page.username_fixed = true;
            }
            form_page(answer, web, browser, asked, StatusCode::OK, page)
        }
    }
}

/// A cookie that leads nowhere is cleared ([C-3]).
fn forget_dead<'a>(answer: Answer<'a>, browser: &Browser) -> Answer<'a> {
    if browser.visitor.cookie.is_some() {
        answer.clear_session()
    } else {
        answer
    }
}

/// Judges the form.
async fn credentials(
    request: &HttpRequest,
    web: &Web,
    browser: &Browser,
    parameters: &Parameters,
    asked: LoginRequest,
) -> HttpResponse {
    let answer = Answer::new(web, browser);
    let value = |name| parameters.one(name).ok().flatten();
    let to = match asked
        .service
        .as_deref()
        .map(|text| admit(&web.app, text))
        .transpose()
    {
        Ok(to) => to,
        Err(refusal) => return refused(answer, refusal),
    };
    let mut page = blank_page(web, browser, &asked, to.as_ref());
    page.username = value("username").unwrap_or_default().chars().take(254).collect();
    page.public.checked =
        browser.visitor.public_computer || parameters.flag("publicComputer").unwrap_or(false);
    page.warn = asked.warn;
    page.remember_me = asked.remember_me;
    if !is_ours(request, web) {
        return answer.trouble(&Trouble::FormExpired);
    }
    let Some(bound) = &browser.form_cookie else {
        page.notice = Some(LoginNotice::Cookies);
        return form_page(answer, web, browser, &asked, StatusCode::OK, page);
    };
    let token = value("execution").unwrap_or_default();
    let Some(token) = forms::check(&web.app, FORM, bound, token, web.app.clock.now()) else {
        page.notice = Some(LoginNotice::Expired);
        return form_page(answer, web, browser, &asked, StatusCode::OK, page);
    };
    let attempt = Attempt {
        login: value("username").unwrap_or_default().to_owned(),
        password: SecretString::from(value("password").unwrap_or_default()),
        public_computer: page.public.checked,
        token,
        request: asked.clone(),
    };
    let wrong = |mut page: LoginPage, errors: Errors| {
        page.errors = errors;
        page
    };
    match sign_in(&web.app, attempt, &browser.visitor).await {
        Err(fault) => answer.fault(&fault),
        Ok(SignIn::RefuseService(refusal)) => refused(answer, refusal),
        Ok(SignIn::Stale) => {
            page.notice = Some(LoginNotice::Expired);
            form_page(answer, web, browser, &asked, StatusCode::OK, page)
        }
        Ok(SignIn::Blank { login, password }) => {
            let mut errors = Errors::none();
            if login {
                errors.push(FieldError::new("username", "login-err-username-missing"));
            }
            if password {
                errors.push(FieldError::new("password", "login-err-password-missing"));
            }
            form_page(answer, web, browser, &asked, StatusCode::OK, wrong(page, errors))
        }
        Ok(SignIn::TooLong) => {
            let errors = FieldError::new("password", "err-password-long").into();
            form_page(answer, web, browser, &asked, StatusCode::OK, wrong(page, errors))
        }
        Ok(SignIn::Wrong { pause }) => {
            tokio::time::sleep(pause).await;
            let errors = FieldError::form("login-err-credentials").into();
            form_page(
                answer,
                web,
                browser,
                &asked,
                StatusCode::UNAUTHORIZED,
                wrong(page, errors),
            )
        }
        Ok(SignIn::Disabled { pause }) => {
            tokio::time::sleep(pause).await;
            let contact = web.pages.site().support.text(browser.locale);
            let errors = FieldError::form("login-err-disabled")
                .with("contact", contact)
                .into();
            form_page(
                answer,
                web,
                browser,
                &asked,
                StatusCode::UNAUTHORIZED,
                wrong(page, errors),
            )
        }
        Ok(SignIn::Denied(limit)) => throttled(answer, web, browser, &asked, to.as_ref(), limit),
        Ok(SignIn::In(opened)) => opened_session(answer, web, browser, &asked, *opened),
    }
}

fn opened_session(
    answer: Answer<'_>,
    web: &Web,
    browser: &Browser,
    asked: &LoginRequest,
    opened: Opened,
) -> HttpResponse {
    let mut answer = answer.set(Name::Session, &opened.cookie, opened.kept_for);
    if asked.warn {
        answer = answer.set(Name::Warn, "true", None);
    }
    if let Some(device) = &opened.device_cookie {
        answer = answer.set(Name::Device, device, Some(DEVICE_LIFETIME));
    }
    match opened.next {
        Next::Service(handoff) => hand_over(answer, web, browser, &handoff),
        Next::AccessDenied(to) => denied(answer, browser, &to),
        Next::MustChange => answer.redirect(&address(web, "/account/password", asked)),
        // By redirect, so that a reload of the home page does not send the password again.
        Next::Home => answer.redirect(&web.path("/login")),
    }
}

/// The answer to the confirmation: now, and not before, the ticket is granted. An answer sent again is the question
/// again ([S-22]).
async fn confirmed(
    request: &HttpRequest,
    web: &Web,
    browser: &Browser,
    parameters: &Parameters,
    asked: &LoginRequest,
) -> HttpResponse {
    let token = parameters.one("execution").ok().flatten().unwrap_or_default();
    let now = web.app.clock.now();
    let bound = browser.form_cookie.as_deref().unwrap_or_default();
    let token = forms::check(&web.app, CONFIRMATION, bound, token, now);
    let answered = match token.filter(|_| is_ours(request, web)) {
        Some(token) => forms::spend(&web.app, token).await,
        None => Ok(false),
    };
    match answered {
        Ok(true) => {}
        Ok(false) => return arrival(web, browser, asked, Consent::Unasked { warn: true }).await,
        Err(fault) => return Answer::new(web, browser).fault(&fault),
    }
    let mut response = arrival(web, browser, asked, Consent::Given).await;
    if parameters.flag("ignorewarn").unwrap_or(false) {
        let cookies = super::cookies::Cookies::new(&web.app.config.sessions.cookie);
        if let Ok(value) = cookies.clear(Name::Warn).parse() {
            response
                .headers_mut()
                .append(actix_web::http::header::SET_COOKIE, value);
        }
    }
    response
}

fn blank_page(web: &Web, browser: &Browser, asked: &LoginRequest, to: Option<&Destination>) -> LoginPage {
    let today = web.app.clock.now().date_naive();
    let detected = browser.visitor.public_computer;
    LoginPage {
        service: to.map(|to| service_view(browser, asked, to)),
        method: asked.method_beyond_get(),
        renew: asked.renew(),
        public: PublicComputer {
            checked: detected,
            detected,
        },
        warn: asked.warn,
        notices: web.pages.site().notices_at(Place::Login, today, browser.locale),
        ..LoginPage::default()
    }
}

pub(super) fn service_view(browser: &Browser, asked: &LoginRequest, to: &Destination) -> Service {
    Service {
        name: to.service.name.for_language(browser.locale.code()).to_owned(),
        host: to.url.host().to_owned(),
        url: to.url.original().to_owned(),
        field: asked.parameter.service_field(),
    }
}

fn form_page(
    answer: Answer<'_>,
    web: &Web,
    browser: &Browser,
    asked: &LoginRequest,
    status: StatusCode,
    page: LoginPage,
) -> HttpResponse {
    let (answer, bound) = answer.bind_forms();
    let execution = forms::issue(&web.app, FORM, &bound, web.app.clock.now()).into();
    let page = LoginPage { execution, ..page };
    answer.page_with(status, &page, &browser.frame_at(&address(web, "/login", asked)))
}

/// `path` with what was asked in its query: where this form can be had by GET, or what stands in its way.
pub(super) fn address(web: &Web, path: &str, asked: &LoginRequest) -> String {
    let mut address = web.path(path);
    let mut separator = '?';
    let mut add = |name: &str, value: &str| {
        address.push(separator);
        separator = '&';
        address.push_str(name);
        address.push('=');
        push_form_encoded(&mut address, value);
    };
    if let Some(service) = &asked.service {
        add(asked.parameter.service_field(), service);
    }
    if let Some(method) = asked.method_beyond_get() {
        add("method", method);
    }
    if asked.renew() {
        add("renew", "true");
    }
    address
}

fn throttled(
    answer: Answer<'_>,
    web: &Web,
    browser: &Browser,
    asked: &LoginRequest,
    to: Option<&Destination>,
    limit: Denied,
) -> HttpResponse {
    let left = limit.wait.until - web.app.clock.now();
    let answer = answer.header("Retry-After", left.num_seconds().max(1).to_string());
    let wait = if limit.wait.daily {
        Wait::Tomorrow
    } else {
        Wait::Minutes(minutes(left))
    };
    let status = status_of(limit.whose);
    let page = ThrottledPage::new(wait, to.map(|to| service_view(browser, asked, to)));
    answer.page_with(status, &page, &browser.frame_at(&address(web, "/login", asked)))
}

/// 423 for a person's budget, 429 for an address's.
pub(super) fn status_of(whose: Whose) -> StatusCode {
    match whose {
        Whose::Person => StatusCode::LOCKED,
        Whose::Address => StatusCode::TOO_MANY_REQUESTS,
    }
}

/// Whole minutes, rounded up.
pub(super) fn minutes(left: chrono::Duration) -> u32 {
    u32::try_from(left.num_seconds().max(1))
        .unwrap_or(u32::MAX)
        .div_ceil(60)
}

fn ask_to_confirm(
    answer: Answer<'_>,
    web: &Web,
    browser: &Browser,
    asked: &LoginRequest,
    to: &Destination,
) -> HttpResponse {
    let (answer, bound) = answer.bind_forms();
    let page = WarnPage {
        execution: forms::issue(&web.app, CONFIRMATION, &bound, web.app.clock.now()).into(),
        service: service_view(browser, asked, to),
        method: asked.method_beyond_get(),
        attributes: to
            .service
            .release
            .iter()
            .map(|release| release.source().to_owned())
            .collect(),
    };
    answer.page(
        &page,
        &browser.frame_at(&address(web, "/login", asked)).signed_in(),
    )
}

/// The page that stops a loop. Its button grants one more ticket.
fn stopped(
    answer: Answer<'_>,
    web: &Web,
    browser: &Browser,
    asked: &LoginRequest,
    to: &Destination,
) -> HttpResponse {
    let (answer, bound) = answer.bind_forms();
    let page = LoopPage {
        execution: forms::issue(&web.app, CONFIRMATION, &bound, web.app.clock.now()).into(),
        service: service_view(browser, asked, to),
        method: asked.method_beyond_get(),
    };
    let answer = answer.header("Retry-After", WINDOW.num_seconds().to_string());
    let frame = browser.frame_at(&address(web, "/login", asked)).signed_in();
    answer.page_with(StatusCode::TOO_MANY_REQUESTS, &page, &frame)
}

/// The ticket's way to the service: redirect, form or headers.
fn hand_over(answer: Answer<'_>, web: &Web, browser: &Browser, handoff: &HandOff) -> HttpResponse {
    match handoff.method {
        Method::Get => answer.redirect(&handoff.location()),
        Method::Header => answer
            .header("service", handoff.url.original().to_owned())
            .header("ticket", handoff.ticket.expose().to_owned())
            .empty(StatusCode::OK),
        Method::Post => {
            let catalogue = web.app.catalogue();
            let name = catalogue
                .find(&handoff.url)
                .map(|service| service.name.for_language(browser.locale.code()));
            let page = HandOverPage {
                name: name.unwrap_or_else(|| handoff.url.host()).to_owned(),
                action: handoff.url.original().to_owned(),
                parameter: handoff.parameter.as_str(),
                ticket: Shown::new(handoff.ticket.expose()),
            };
            answer.page(&page, &browser.frame_at(&web.path("/login")))
        }
    }
}

/// No form, no redirect ([S-4]).
fn refused(answer: Answer<'_>, refusal: Refusal) -> HttpResponse {
    answer.trouble(&match refusal {
        Refusal::Unknown(host) => Trouble::ServiceRefused(host),
        Refusal::CarriesTicket => Trouble::ServiceWithTicket,
    })
}

fn denied(answer: Answer<'_>, browser: &Browser, to: &Destination) -> HttpResponse {
    let name = to.service.name.for_language(browser.locale.code()).to_owned();
    answer.trouble(&Trouble::AccessDenied(name))
}

async fn signed_in(answer: Answer<'_>, web: &Web, browser: &Browser, held: &Held) -> HttpResponse {
    let holder = match holder(&web.app, held).await {
        Ok(Some(holder)) => holder,
        Ok(None) => return answer.trouble(&Trouble::Broken),
        Err(fault) => return answer.fault(&fault),
    };
    let language = browser.locale.code();
    let tile = |service: crate::cas::catalogue::Service| {
        let href = service.tile.as_ref().map(|tile| tile.url.clone())?;
        Some(Tile {
            name: service.name.for_language(language).to_owned(),
            hint: service
                .description
                .as_ref()
                .map(|text| text.for_language(language).to_owned()),
            href,
        })
    };
    let closing = identity::standing(&holder, web.app.clock.now())
        .until()
        .map(|until| local(until).date());
    let page = SignedInPage {
        name: identity::names(&holder.person).display_name(),
        tiles: tiles(&web.app, &holder).into_iter().filter_map(tile).collect(),
        last_sign_in: holder.account.previous_login_at.map(|at| local(from_micros(at))),
        public_minutes: held.session.public_computer.then(|| minutes(held.session.idle)),
        closing,
        notices: Vec::new(),
    };
    answer.page(&page, &browser.frame_at(&web.path("/login")).signed_in())
}

/// The university's local time: that of the machine.
pub(super) fn local(moment: DateTime<Utc>) -> chrono::NaiveDateTime {
    moment.with_timezone(&Local).naive_local()
}
