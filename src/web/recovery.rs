//! `/account/recover`: lost credentials, step by step.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::Web;
use super::activation::{
    acknowledge, choice_page, code_error, credentials, hours, parse, reopened, sent, stopped, token, typed,
};
use super::answer::Answer;
use super::cookies::{Cookies, Name};
use super::pages::{
    Errors, FieldError, Journey as Way, PasswordChoice, RecoveryCodePage, RecoveryIdentityPage, Stop, Trouble,
};
use super::password_form::{errors, wish};
use super::request::Browser;
use crate::cas::parameters::Parameters;
use crate::flow::activate::Chosen;
use crate::flow::forms::Token;
use crate::flow::recover::{self, Proved};
use crate::flow::sheet;
use crate::flow::sign_in::{DEVICE_LIFETIME, known_from_now};
use crate::people::code::CertificateCode;
use crate::store::journeys::Journey;

pub(super) const FORM: &str = "recovery";
pub(super) const PATH: &str = "/account/recover";

/// `GET /account/recover`: the first step, or where the journey in this browser stands.
pub async fn show(request: HttpRequest, web: web::Data<Web>) -> HttpResponse {
    let browser = Browser::of(&request, &web);
    match sheet::journey(&web.app, browser.flow_cookie.as_deref(), recover::KIND).await {
        Err(fault) => Answer::new(&web, &browser).fault(&fault),
        Ok(None) => first(&web, &browser, RecoveryIdentityPage::default()),
        Ok(Some(journey)) => stand(&web, &browser, &journey, Errors::none()).await,
    }
}

/// The page of the step that a journey is at.
async fn stand(web: &Web, browser: &Browser, journey: &Journey, errors: Errors) -> HttpResponse {
    match journey.step.as_str() {
        "code" => code_page(web, browser, String::new(), errors),
        "password" => match recover::login(&web.app, journey).await {
            Ok(login) => choice_page(
                web,
                browser,
                Way::Recover,
                PasswordChoice::default(),
                login,
                errors,
                FORM,
                PATH,
            ),
            Err(fault) => Answer::new(web, browser).fault(&fault),
        },
        _ => reopened(web, browser, journey, Way::Recover),
    }
}

/// `POST /account/recover`: whichever step the journey is at.
pub async fn submit(request: HttpRequest, web: web::Data<Web>, body: web::Payload) -> HttpResponse {
    let browser = Browser::of(&request, &web);
    let (parameters, token) = match sent(&request, &web, &browser, body, FORM).await {
        Ok(sent) => sent,
        Err(answer) => return answer,
    };
    let value = |name| parameters.one(name).ok().flatten();
    if value("fileNumber").is_some() || value("day").is_some() || value("year").is_some() {
        return identity(&web, &browser, &parameters, token).await;
    }
    let journey = match sheet::journey(&web.app, browser.flow_cookie.as_deref(), recover::KIND).await {
        Err(fault) => return Answer::new(&web, &browser).fault(&fault),
        Ok(None)
            if value("code").is_some() || value("newPassword").is_some() || value("answer").is_some() =>
        {
            return Answer::new(&web, &browser).trouble(&Trouble::FormExpired);
        }
        Ok(None) => return identity(&web, &browser, &parameters, token).await,
        Ok(Some(journey)) => journey,
    };
    match journey.step.as_str() {
        "code" => code(&web, &browser, &parameters, &journey, token).await,
        _ if token.is_none() => {
            // Nothing is spent here: a step of a journey happens once anyway.
            let errors = FieldError::form("form-err-expired").into();
            stand(&web, &browser, &journey, errors).await
        }
        "password" => choose(&web, &browser, &parameters, &journey).await,
        _ => acknowledge(&web, &browser, &parameters, &journey, Way::Recover).await,
    }
}

async fn identity(
    web: &Web,
    browser: &Browser,
    parameters: &Parameters,
    token: Option<Token>,
) -> HttpResponse {
    let page = RecoveryIdentityPage {
        identity: typed(parameters),
        ..Default::default()
    };
    let again = |errors: Errors| {
        first(
            web,
            browser,
            RecoveryIdentityPage {
                errors,
                ..page.clone()
            },
        )
    };
    let Some(token) = token else {
        return again(FieldError::form("form-err-expired").into());
    };
    let (number, born) = match parse(web, &page.identity) {
        Ok(parsed) => parsed,
        Err(errors) => return again(errors),
    };
    match recover::begin(&web.app, &number, &born, token).await {
        Err(fault) => Answer::new(web, browser).fault(&fault),
        Ok(None) => again(FieldError::form("form-err-expired").into()),
        Ok(Some(cookie)) => Answer::new(web, browser)
            .set(Name::Flow, &cookie, Some(chrono::Duration::minutes(30)))
            .redirect(&web.path(PATH)),
    }
}

async fn code(
    web: &Web,
    browser: &Browser,
    parameters: &Parameters,
    journey: &Journey,
    token: Option<Token>,
) -> HttpResponse {
    let typed: String = parameters
        .one("code")
        .ok()
        .flatten()
        .unwrap_or_default()
        .chars()
        .take(60)
        .collect();
    let again = |error: FieldError| code_page(web, browser, typed.clone(), error.into());
    let Some(token) = token else {
        return again(FieldError::form("form-err-expired"));
    };
    let code = match CertificateCode::parse(&typed) {
        Ok(code) => code,
        Err(error) => return again(code_error(error)),
    };
    let answer = Answer::new(web, browser);
    match recover::prove(&web.app, journey, &code, token, &browser.visitor).await {
        Err(fault) => answer.fault(&fault),
        Ok(Proved::Stale) => again(FieldError::form("form-err-expired")),
        Ok(Proved::Denied(denied)) => stopped(
            answer,
            web,
            browser,
            Stop::RecoveryThrottled(hours(web, denied)),
            PATH,
            Some(denied),
        ),
        Ok(Proved::Granted) => answer.redirect(&web.path(PATH)),
        Ok(Proved::Inactive) => again(FieldError::form("recovery-err-inactive")),
        Ok(Proved::Expired) => again(FieldError::new("code", "recovery-err-code-expired")),
        Ok(Proved::Used) => again(FieldError::new("code", "recovery-err-code-used")),
        Ok(Proved::NoMatch) => again(FieldError::form("recovery-err-nomatch")),
    }
}

async fn choose(web: &Web, browser: &Browser, parameters: &Parameters, journey: &Journey) -> HttpResponse {
    let answer = Answer::new(web, browser);
    let cookie = browser.flow_cookie.clone().unwrap_or_default();
    let (wish, choice) = wish(parameters);
    match recover::choose(&web.app, journey, &cookie, &wish, &browser.visitor).await {
        Err(fault) => answer.fault(&fault),
        Ok(Err(denied)) => stopped(
            answer,
            web,
            browser,
            Stop::RecoveryThrottled(hours(web, denied)),
            PATH,
            Some(denied),
        ),
        Ok(Ok(Chosen::Refused(objections))) => choice_page(
            web,
            browser,
            Way::Recover,
            choice,
            None,
            errors(&objections),
            FORM,
            PATH,
        ),
        Ok(Ok(Chosen::Gone)) => answer.clear(Name::Flow).trouble(&Trouble::FormExpired),
        Ok(Ok(Chosen::Done(sheet))) => {
            let mut response = credentials(web, browser, &sheet, Way::Recover, Errors::none());
            let cookies = Cookies::new(&web.app.config.sessions.cookie);
            // The browser's own session, if any, ended with the old password.
            let mut changed = cookies.clear_session_everywhere(&web.context);
            // The new password opens it from here, whatever strangers have done to the tries of its login ([S-44]).
            let known = known_from_now(&web.app, &sheet.login, &browser.visitor);
            changed.extend(known.map(|device| cookies.set(Name::Device, &device, Some(DEVICE_LIFETIME))));
            for cookie in changed {
                if let Ok(value) = cookie.parse() {
                    response
                        .headers_mut()
                        .append(actix_web::http::header::SET_COOKIE, value);
                }
            }
            response
        }
    }
}

fn first(web: &Web, browser: &Browser, page: RecoveryIdentityPage) -> HttpResponse {
    let (answer, execution) = token(web, browser, FORM);
    let page = RecoveryIdentityPage { execution, ..page };
    answer.page_with(StatusCode::OK, &page, &browser.frame_at(&web.path(PATH)))
}

fn code_page(web: &Web, browser: &Browser, code: String, errors: Errors) -> HttpResponse {
    let (answer, execution) = token(web, browser, FORM);
    answer.page(
        &RecoveryCodePage {
            execution,
            code: code.into(),
            errors,
        },
        &browser.frame_at(&web.path(PATH)),
    )
}
