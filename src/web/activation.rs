//! `/account/activate`: first access, step by step, and the credentials sheet that ends both journeys.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};

use super::Web;
use super::answer::Answer;
use super::cookies::Name;
use super::login::{local, status_of};
use super::origin::is_ours;
use super::pages::{
    ActivationConfirmPage, ActivationIdentityPage, ChoosePasswordPage, CredentialsPage, Errors, FieldError,
    Identity, Journey as Way, PasswordChoice, Shown, Stop, StopPage, Trouble,
};
use super::password_form::{errors, wish};
use super::request::{self, Browser};
use crate::cas::parameters::Parameters;
use crate::flow::activate::{self, Chosen, Claim, Claimed};
use crate::flow::forms::{self, Token};
use crate::flow::import::file_number_format;
use crate::flow::limits::{Denied, Whose};
use crate::flow::sheet::{self, Sheet};
use crate::people::birth_date::{TypedDate, TypedDateError};
use crate::people::code::{CertificateCode, CodeError};
use crate::people::file_number::{FileNumber, FileNumberError};
use crate::store::journeys::Journey;

const FORM: &str = "activation";
const PATH: &str = "/account/activate";

/// `GET /account/activate`: the first step, or where the journey in this browser stands.
pub async fn show(request: HttpRequest, web: web::Data<Web>) -> HttpResponse {
    let browser = Browser::of(&request, &web);
    let answer = Answer::new(&web, &browser);
    match sheet::journey(&web.app, browser.flow_cookie.as_deref(), activate::KIND).await {
        Err(fault) => answer.fault(&fault),
        Ok(Some(journey)) => stand(&web, &browser, &journey, Way::Activate, Errors::none()),
        Ok(None) => match activate::asks_code_of_all(&web.app).await {
            Ok(code_needed) => first(
                &web,
                &browser,
                ActivationIdentityPage {
                    code_needed,
                    ..Default::default()
                },
                StatusCode::OK,
            ),
            Err(fault) => answer.fault(&fault),
        },
    }
}

/// `POST /account/activate`: whichever step the journey is at.
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
    let journey = match sheet::journey(&web.app, browser.flow_cookie.as_deref(), activate::KIND).await {
        Err(fault) => return Answer::new(&web, &browser).fault(&fault),
        Ok(None)
            if value("answer").is_none() && value("choice").is_none() && value("newPassword").is_none() =>
        {
            return identity(&web, &browser, &parameters, token).await;
        }
        Ok(None) => return Answer::new(&web, &browser).trouble(&Trouble::FormExpired),
        Ok(Some(journey)) => journey,
    };
    if token.is_none() {
        // Nothing is spent here: a step of a journey happens once anyway.
        let errors = FieldError::form("form-err-expired").into();
        return stand(&web, &browser, &journey, Way::Activate, errors);
    }
    match journey.step.as_str() {
        "confirm" => confirm(&web, &browser, &parameters, &journey).await,
        "password" => choose(&web, &browser, &parameters, &journey).await,
        _ => acknowledge(&web, &browser, &parameters, &journey, Way::Activate).await,
    }
}

/// Reads a form of either journey and checks its token; a stale one is shown again, with nothing counted.
pub(super) async fn sent(
    request: &HttpRequest,
    web: &Web,
    browser: &Browser,
    body: web::Payload,
    form: &str,
) -> Result<(Parameters, Option<Token>), HttpResponse> {
    let visitor = &browser.visitor;
    let campus = visitor.campus || visitor.public_computer;
    if !web.flood.admits(visitor.address, campus, web.app.clock.now()) {
        return Err(Answer::new(web, browser).trouble(&Trouble::TooMany(1)));
    }
    let parameters = request::form(request, body)
        .await
        .map_err(|trouble| Answer::new(web, browser).trouble(&trouble))?;
    if !is_ours(request, web) {
        return Err(Answer::new(web, browser).trouble(&Trouble::FormExpired));
    }
    let token = parameters.one("execution").ok().flatten().unwrap_or_default();
    let bound = browser.form_cookie.as_deref().unwrap_or_default();
    let token = forms::check(&web.app, form, bound, token, web.app.clock.now());
    Ok((parameters, token))
}

/// What was typed of file number and birth date.
pub(super) fn typed(parameters: &Parameters) -> Identity {
    let value = |name| {
        parameters
            .one(name)
            .ok()
            .flatten()
            .unwrap_or_default()
            .chars()
            .take(60)
            .collect()
    };
    Identity {
        file_number: value("fileNumber"),
        day: value("day"),
        month: value("month"),
        year: value("year"),
    }
}

/// File number and birth date, or what is wrong with their form. Costs no try.
pub(super) fn parse(web: &Web, typed: &Identity) -> Result<(FileNumber, TypedDate), Errors> {
    let format = file_number_format(&web.app.config.identifiers);
    let number = FileNumber::parse(&typed.file_number, &format).map_err(|error| {
        let key = match error {
            FileNumberError::Missing => "err-file-number-missing",
            FileNumberError::Format => "err-file-number-format",
            FileNumberError::LooksLikeIne => "err-file-number-ine",
        };
        FieldError::new("fileNumber", key)
    });
    let today = web.app.clock.now().date_naive();
    let born = TypedDate::parse(&typed.day, &typed.month, &typed.year, today).map_err(|error| match error {
        TypedDateError::Missing => FieldError::new("day", "err-birth-missing"),
        TypedDateError::Incomplete => FieldError::new(first_empty(typed), "err-birth-incomplete"),
        TypedDateError::Unreal => FieldError::new("day", "err-birth-unreal"),
        TypedDateError::YearDigits => FieldError::new("year", "err-birth-year"),
        TypedDateError::Future => FieldError::new("year", "err-birth-future"),
    });
    match (number, born) {
        (Ok(number), Ok(born)) => Ok((number, born)),
        (number, born) => Err([number.err(), born.err()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .into()),
    }
}

fn first_empty(typed: &Identity) -> &'static str {
    [
        ("day", &typed.day),
        ("month", &typed.month),
        ("year", &typed.year),
    ]
    .into_iter()
    .find(|(_, text)| text.trim().is_empty())
    .map_or("day", |(field, _)| field)
}

/// What is wrong with the form of a code. Costs no try.
pub(super) fn code_error(error: CodeError) -> FieldError {
    match error {
        CodeError::Missing => FieldError::new("code", "err-code-missing"),
        CodeError::Format => FieldError::new("code", "err-code-format"),
    }
}

async fn identity(
    web: &Web,
    browser: &Browser,
    parameters: &Parameters,
    token: Option<Token>,
) -> HttpResponse {
    let typed = typed(parameters);
    let code = parameters
        .one("code")
        .ok()
        .flatten()
        .unwrap_or_default()
        .to_owned();
    let asked_of_all = match activate::asks_code_of_all(&web.app).await {
        Ok(asked) => asked,
        Err(fault) => return Answer::new(web, browser).fault(&fault),
    };
    let code_shown = asked_of_all || parameters.one("codeAsked").ok().flatten().is_some() || !code.is_empty();
    let page = ActivationIdentityPage {
        identity: typed,
        code_needed: code_shown,
        code: code.into(),
        ..Default::default()
    };
    let again = |errors: Errors, status| {
        first(
            web,
            browser,
            ActivationIdentityPage {
                errors,
                ..page.clone()
            },
            status,
        )
    };
    let Some(token) = token else {
        return again(FieldError::form("form-err-expired").into(), StatusCode::OK);
    };
    let (number, born) = match parse(web, &page.identity) {
        Ok(parsed) => parsed,
        Err(errors) => return again(errors, StatusCode::OK),
    };
    let code = match CertificateCode::parse(page.code.as_str()) {
        Ok(code) => Some(code),
        Err(_) if !code_shown => None,
        Err(error) => return again(code_error(error).into(), StatusCode::OK),
    };
    let answer = Answer::new(web, browser);
    match activate::claim(
        &web.app,
        Claim {
            number,
            born,
            code,
            token,
        },
        &browser.visitor,
    )
    .await
    {
        Err(fault) => answer.fault(&fault),
        Ok(Claimed::Stale) => again(FieldError::form("form-err-expired").into(), StatusCode::OK),
        // No more dates for this number; the code still opens it, whoever used the dates up.
        Ok(Claimed::Denied(denied)) if denied.whose == Whose::Person && page.code.as_str().is_empty() => {
            let wait = FieldError::form("activation-err-person").with("hours", hours(web, denied));
            let seconds = (denied.wait.until - web.app.clock.now()).num_seconds().max(1);
            let mut reply = first(
                web,
                browser,
                ActivationIdentityPage {
                    code_needed: true,
                    errors: wait.into(),
                    ..page.clone()
                },
                status_of(denied.whose),
            );
            reply.headers_mut().insert(RETRY_AFTER, seconds.into());
            reply
        }
        Ok(Claimed::Denied(denied)) => stopped(
            answer,
            web,
            browser,
            Stop::ActivationThrottled(hours(web, denied)),
            PATH,
            Some(denied),
        ),
        Ok(Claimed::NoMatch) => again(FieldError::form("activation-err-nomatch").into(), StatusCode::OK),
        Ok(Claimed::CodeNeeded) => first(
            web,
            browser,
            ActivationIdentityPage {
                code_needed: true,
                ..page.clone()
            },
            StatusCode::OK,
        ),
        Ok(Claimed::AlreadyActive) => stopped(answer, web, browser, Stop::AlreadyActive, PATH, None),
        Ok(Claimed::Closed) => stopped(answer, web, browser, Stop::ActivationClosed, PATH, None),
        Ok(Claimed::Confirm(cookie)) => answer
            .set(Name::Flow, &cookie, Some(chrono::Duration::minutes(30)))
            .redirect(&web.path(PATH)),
    }
}

async fn confirm(web: &Web, browser: &Browser, parameters: &Parameters, journey: &Journey) -> HttpResponse {
    let answer = Answer::new(web, browser);
    if parameters.one("answer").ok().flatten() == Some("no") {
        return match activate::disown(&web.app, journey, &browser.visitor).await {
            Ok(()) => stopped(answer.clear(Name::Flow), web, browser, Stop::Declined, PATH, None),
            Err(fault) => answer.fault(&fault),
        };
    }
    let rules = &web.app.config.activation;
    let accepted = parameters.flag("charter").unwrap_or(false);
    if rules.charter.is_some() && !accepted {
        let errors = FieldError::new("charter", "err-charter").into();
        return stand(web, browser, journey, Way::Activate, errors);
    }
    let version = rules.charter.as_ref().map(|_| rules.charter_version.clone());
    match activate::confirm(&web.app, journey, version).await {
        Ok(_) => answer.redirect(&web.path(PATH)),
        Err(fault) => answer.fault(&fault),
    }
}

async fn choose(web: &Web, browser: &Browser, parameters: &Parameters, journey: &Journey) -> HttpResponse {
    let answer = Answer::new(web, browser);
    let cookie = browser.flow_cookie.clone().unwrap_or_default();
    let (wish, choice) = wish(parameters);
    match activate::choose(&web.app, journey, &cookie, &wish, &browser.visitor).await {
        Err(fault) => answer.fault(&fault),
        Ok(Chosen::Refused(objections)) => choice_page(
            web,
            browser,
            Way::Activate,
            choice,
            None,
            errors(&objections),
            FORM,
            PATH,
        ),
        Ok(Chosen::Gone) => answer.clear(Name::Flow).trouble(&Trouble::FormExpired),
        Ok(Chosen::Done(sheet)) => credentials(web, browser, &sheet, Way::Activate, Errors::none()),
    }
}

/// The page of the step that a journey is at.
fn stand(web: &Web, browser: &Browser, journey: &Journey, way: Way, errors: Errors) -> HttpResponse {
    match journey.step.as_str() {
        "confirm" => {
            let who = activate::who(journey);
            let (answer, execution) = token(web, browser, FORM);
            let page = ActivationConfirmPage {
                execution,
                name: who.as_ref().map(|who| who.name.clone()).unwrap_or_default(),
                programme: who.and_then(|who| who.programme),
                charter_accepted: false,
                errors,
            };
            answer.page(&page, &browser.frame_at(&web.path(PATH)))
        }
        "password" => choice_page(
            web,
            browser,
            way,
            PasswordChoice::default(),
            None,
            errors,
            FORM,
            PATH,
        ),
        _ => reopened(web, browser, journey, way),
    }
}

/// The sheet once more, to the same browser, while it may be shown.
pub(super) fn reopened(web: &Web, browser: &Browser, journey: &Journey, way: Way) -> HttpResponse {
    let cookie = browser.flow_cookie.as_deref().unwrap_or_default();
    match sheet::reopen(journey, cookie) {
        Some(sheet) => credentials(web, browser, &sheet, way, Errors::none()),
        None => stopped(
            Answer::new(web, browser).clear(Name::Flow),
            web,
            browser,
            Stop::SheetGone,
            PATH,
            None,
        ),
    }
}

/// The person has noted everything, or has to tick that they have.
pub(super) async fn acknowledge(
    web: &Web,
    browser: &Browser,
    parameters: &Parameters,
    journey: &Journey,
    way: Way,
) -> HttpResponse {
    if parameters.one("answer").ok().flatten() != Some("yes") {
        let cookie = browser.flow_cookie.as_deref().unwrap_or_default();
        if let Some(sheet) = sheet::reopen(journey, cookie) {
            let errors = FieldError::new("answer", "err-ack").into();
            return credentials(web, browser, &sheet, way, errors);
        }
    }
    match sheet::acknowledge(&web.app, journey).await {
        Ok(()) => Answer::new(web, browser)
            .clear(Name::Flow)
            .redirect(&web.path("/login")),
        Err(fault) => Answer::new(web, browser).fault(&fault),
    }
}

pub(super) fn credentials(
    web: &Web,
    browser: &Browser,
    sheet: &Sheet,
    way: Way,
    errors: Errors,
) -> HttpResponse {
    let (form, path) = match way {
        Way::Activate => (FORM, PATH),
        Way::Recover => (super::recovery::FORM, super::recovery::PATH),
    };
    let (answer, execution) = token(web, browser, form);
    let today = local(web.app.clock.now()).date();
    let mut page = CredentialsPage::new(execution, way, sheet.login.clone(), today);
    page.email = Some(sheet.mail.clone());
    page.code = Some(Shown::new(&sheet.code));
    page.public = browser.visitor.public_computer;
    page.errors = errors;
    if let Some(password) = &sheet.password {
        page = page.with_password(password);
    }
    answer.page(&page, &browser.frame_at(&web.path(path)))
}

#[expect(clippy::too_many_arguments, reason = "one page that two journeys share")]
pub(super) fn choice_page(
    web: &Web,
    browser: &Browser,
    way: Way,
    choice: PasswordChoice,
    username: Option<String>,
    errors: Errors,
    form: &str,
    path: &str,
) -> HttpResponse {
    let (answer, execution) = token(web, browser, form);
    let page = ChoosePasswordPage {
        execution,
        journey: way,
        choice,
        username,
        errors,
    };
    answer.page(&page, &browser.frame_at(&web.path(path)))
}

fn first(web: &Web, browser: &Browser, page: ActivationIdentityPage, status: StatusCode) -> HttpResponse {
    let (answer, execution) = token(web, browser, FORM);
    let page = ActivationIdentityPage { execution, ..page };
    answer.page_with(status, &page, &browser.frame_at(&web.path(PATH)))
}

/// An answer with a fresh form token.
pub(super) fn token<'a>(web: &'a Web, browser: &'a Browser, form: &str) -> (Answer<'a>, Shown) {
    let (answer, bound) = Answer::new(web, browser).bind_forms();
    let token = forms::issue(&web.app, form, &bound, web.app.clock.now());
    (answer, token.into())
}

/// A page where a journey ends.
pub(super) fn stopped(
    answer: Answer<'_>,
    web: &Web,
    browser: &Browser,
    stop: Stop,
    path: &str,
    denied: Option<Denied>,
) -> HttpResponse {
    let (answer, status) = match denied {
        None => (answer, StatusCode::OK),
        Some(denied) => {
            let seconds = (denied.wait.until - web.app.clock.now()).num_seconds().max(1);
            (
                answer.header("Retry-After", seconds.to_string()),
                status_of(denied.whose),
            )
        }
    };
    answer.page_with(status, &StopPage::new(stop), &browser.frame_at(&web.path(path)))
}

/// Whole hours to wait, rounded up.
pub(super) fn hours(web: &Web, denied: Denied) -> u32 {
    let left = denied.wait.until - web.app.clock.now();
    u32::try_from(left.num_seconds().max(1))
        .unwrap_or(u32::MAX)
        .div_ceil(3_600)
}
