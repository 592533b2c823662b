//! What the three forms that set a password have in common, and `/account/password`, the one of *Mon compte*.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use secrecy::SecretString;

use super::Web;
use super::account::{self, session};
use super::answer::Answer;
use super::cookies::Name;
use super::login::{address, minutes, service_view, status_of};
use super::origin::is_ours;
use super::pages::{Done, Errors, FieldError, PasswordChoice, PasswordPage, ThrottledPage, Wait};
use super::request::{self, Browser};
use crate::cas::parameters::Parameters;
use crate::cas::request::{LoginRequest, Method};
use crate::flow::arrive::admit;
use crate::flow::change_password::{Change, Changed, change_password};
use crate::flow::forms;
use crate::flow::new_password::{Objection, Wish};
use crate::people::password::Refusal;
use crate::store::sessions::Held;

const FORM: &str = "password";

/// The new password that a form asks for.
pub(super) fn wish(parameters: &Parameters) -> (Wish, PasswordChoice) {
    let value = |name| parameters.one(name).ok().flatten();
    if value("choice") == Some("generated") {
        return (Wish::Generated, PasswordChoice::Generated);
    }
    (own(parameters), PasswordChoice::Own)
}

/// A password of the person's own, typed twice: the only kind that *Mon compte* takes, which shows none.
fn own(parameters: &Parameters) -> Wish {
    let value = |name| parameters.one(name).ok().flatten();
    let password = SecretString::from(value("newPassword").unwrap_or_default());
    let confirmation = Some(SecretString::from(value("confirmPassword").unwrap_or_default()));
    Wish::Own {
        password,
        confirmation,
    }
}

/// What to say of the objections to a new password.
pub(super) fn errors(objections: &[Objection]) -> Errors {
    let errors: Vec<FieldError> = objections
        .iter()
        .map(|objection| match objection {
            Objection::Missing => FieldError::new("newPassword", "err-password-missing"),
            Objection::Different => FieldError::new("confirmPassword", "err-password-confirm"),
            Objection::Rule(refusal) => rule(*refusal),
        })
        .collect();
    errors.into()
}

fn rule(refusal: Refusal) -> FieldError {
    let at = |key| FieldError::new("newPassword", key);
    match refusal {
        Refusal::Short { .. } => at("err-password-short"),
        Refusal::DigitsOnly { min } => at("err-password-digits").with("min", min),
        Refusal::Long { .. } => at("err-password-long"),
        Refusal::Common | Refusal::Control => at("err-password-common"),
        Refusal::Personal => at("err-password-personal"),
        Refusal::Same => at("err-password-same"),
    }
}

/// `GET /account/password`.
pub async fn show(request: HttpRequest, web: web::Data<Web>) -> HttpResponse {
    let browser = Browser::of(&request, &web);
    match session(&web, &browser).await {
        Ok(held) => {
            let asked = request::query(&request).map_or_else(|_| LoginRequest::default(), |all| onward(&all));
            page(&web, &browser, &held, &asked, Errors::none(), StatusCode::OK)
        }
        Err(answer) => answer,
    }
}

/// Where the person was going when a password that had to be changed stood in the way.
fn onward(parameters: &Parameters) -> LoginRequest {
    LoginRequest::parse(parameters).unwrap_or_default()
}

/// `POST /account/password`.
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
    let asked = onward(&parameters);
    let again = |errors: Errors, status| page(&web, &browser, &held, &asked, errors, status);
    let (Some(token), true) = (token, is_ours(&request, &web)) else {
        return again(FieldError::form("form-err-expired").into(), StatusCode::OK);
    };
    let change = Change {
        current: SecretString::from(value("currentPassword")),
        wish: own(&parameters),
        token,
    };
    let answer = Answer::new(&web, &browser);
    match change_password(&web.app, &held, change, &browser.visitor).await {
        Err(fault) => answer.fault(&fault),
        Ok(Changed::Stale) => again(FieldError::form("form-err-expired").into(), StatusCode::OK),
        Ok(Changed::CurrentMissing) => again(
            FieldError::new("currentPassword", "err-current-missing").into(),
            StatusCode::OK,
        ),
        Ok(Changed::CurrentWrong) => again(
            FieldError::new("currentPassword", "err-current-wrong").into(),
            StatusCode::UNAUTHORIZED,
        ),
        Ok(Changed::Refused(objections)) => again(errors(&objections), StatusCode::OK),
        Ok(Changed::Ended) => answer.clear_session().redirect(&web.path("/login")),
        Ok(Changed::Denied(limit)) => {
            let left = limit.wait.until - web.app.clock.now();
            let wait = if limit.wait.daily {
                Wait::Tomorrow
            } else {
                Wait::Minutes(minutes(left))
            };
            answer
                .header("Retry-After", left.num_seconds().max(1).to_string())
                .page_with(
                    status_of(limit.whose),
                    &ThrottledPage::new(wait, None),
                    &browser.frame_at(&web.path("/account/password")).signed_in(),
                )
        }
        Ok(Changed::Done(cookie)) => {
            let kept_for = held
                .session
                .long_term
                .then(|| held.session.expires_at - web.app.clock.now());
            let answer = answer.set(Name::Session, &cookie, kept_for);
            if asked.service.is_some() {
                // On to where the person was going; whether that is registered is judged there.
                return answer.redirect(&address(&web, "/login", &asked));
            }
            account_again(&web, &browser, answer, &held, cookie).await
        }
    }
}

/// The account page after a change, read with the session as it is now.
async fn account_again(
    web: &Web,
    browser: &Browser,
    answer: Answer<'_>,
    held: &Held,
    cookie: String,
) -> HttpResponse {
    let visitor = crate::flow::Visitor {
        cookie: Some(cookie),
        ..browser.visitor.clone()
    };
    let now = web.app.clock.now();
    match crate::flow::arrive::resume(&web.app, &visitor, now).await {
        Ok(renewed) => {
            account::page(
                web,
                browser,
                answer,
                renewed.as_ref().unwrap_or(held),
                Some(Done::Password),
            )
            .await
        }
        Err(fault) => answer.fault(&fault),
    }
}

fn page(
    web: &Web,
    browser: &Browser,
    held: &Held,
    asked: &LoginRequest,
    errors: Errors,
    status: StatusCode,
) -> HttpResponse {
    let to = asked
        .service
        .as_deref()
        .and_then(|text| admit(&web.app, text).ok());
    let (answer, bound) = Answer::new(web, browser).bind_forms();
    let page = PasswordPage {
        execution: forms::issue(&web.app, FORM, &bound, web.app.clock.now()).into(),
        username: held.login.clone(),
        must_change: held.must_change(),
        service: to.map(|to| service_view(browser, asked, &to)),
        method: asked
            .method
            .filter(|method| *method != Method::Get)
            .map(Method::as_str),
        errors,
    };
    answer.page_with(
        status,
        &page,
        &browser.frame_at(&web.path("/account/password")).signed_in(),
    )
}
