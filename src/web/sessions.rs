//! `/account/sessions`: which sessions are open, and closing them.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Web;
use super::account::session;
use super::answer::Answer;
use super::login::local;
use super::origin::is_ours;
use super::pages::{Done, SessionView, SessionsPage, Trouble};
use super::request::{self, Browser};
use super::user_agent::halves;
use crate::flow::account::{OpenSession, Which, close, session_id, sessions};
use crate::flow::forms;
use crate::store::sessions::Held;

const FORM: &str = "sessions";

/// `GET /account/sessions`.
pub async fn show(request: HttpRequest, web: web::Data<Web>) -> HttpResponse {
    let browser = Browser::of(&request, &web);
    match session(&web, &browser).await {
        Ok(held) => page(&web, &browser, &held, None).await,
        Err(answer) => answer,
    }
}

/// `POST /account/sessions`: closes one, or all the others.
pub async fn submit(request: HttpRequest, web: web::Data<Web>, body: web::Payload) -> HttpResponse {
    let browser = Browser::of(&request, &web);
    let held = match session(&web, &browser).await {
        Ok(held) => held,
        Err(answer) => return answer,
    };
    let parameters = match request::form(&request, body).await {
        Ok(parameters) => parameters,
        Err(trouble) => return Answer::new(&web, &browser).trouble(&trouble),
    };
    let value = |name| parameters.one(name).ok().flatten().unwrap_or_default();
    let bound = browser.form_cookie.as_deref().unwrap_or_default();
    let token = forms::check(&web.app, FORM, bound, value("execution"), web.app.clock.now());
    if !is_ours(&request, &web) || token.is_none() {
        return Answer::new(&web, &browser).trouble(&Trouble::FormExpired);
    }
    let (which, done) = match value("session") {
        "others" => (Which::Others, Done::Others),
        id => (Which::One(id.to_owned()), Done::Session),
    };
    // Closing twice closes once: the token need not be spent.
    match close(&web.app, &held, which, &browser.visitor).await {
        Ok(0) => page(&web, &browser, &held, None).await,
        Ok(_) if value("session") == session_id(&held.session.digest) => Answer::new(&web, &browser)
            .clear_session()
            .redirect(&web.path("/login")),
        Ok(_) => page(&web, &browser, &held, Some(done)).await,
        Err(fault) => Answer::new(&web, &browser).fault(&fault),
    }
}

async fn page(web: &Web, browser: &Browser, held: &Held, done: Option<Done>) -> HttpResponse {
    let answer = Answer::new(web, browser);
    let open = match sessions(&web.app, held).await {
        Ok(open) => open,
        Err(fault) => return answer.fault(&fault),
    };
    let (answer, bound) = answer.bind_forms();
    let page = SessionsPage {
        execution: forms::issue(&web.app, FORM, &bound, web.app.clock.now()).into(),
        sessions: open.iter().map(|open| view(open, held, browser)).collect(),
        done,
    };
    answer.page(
        &page,
        &browser.frame_at(&web.path("/account/sessions")).signed_in(),
    )
}

fn view(open: &OpenSession, held: &Held, browser: &Browser) -> SessionView {
    let (browser_name, system) = halves(&open.session.device);
    let language = browser.locale.code();
    SessionView {
        id: session_id(&open.session.digest),
        current: open.session.digest == held.session.digest,
        browser: browser_name,
        system,
        network: None,
        opened: local(open.session.opened_at),
        last_active: local(open.session.used_at),
        services: open
            .services
            .iter()
            .map(|service| service.name.for_language(language).to_owned())
            .collect(),
    }
}
