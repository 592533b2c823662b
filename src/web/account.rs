//! `/account`: who the person is here.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Web;
use super::answer::Answer;
use super::login::local;
use super::pages::{AccountPage, Done};
use super::request::Browser;
use crate::flow::account::{holder, sessions};
use crate::flow::arrive::resume;
use crate::flow::{Fault, identity};
use crate::kernel::clock::from_micros;
use crate::store::sessions::Held;

/// The session of a page that needs one, or the answer to a browser that has none.
///
/// A password that staff have seen opens no page but the one that replaces it.
///
/// # Errors
/// The answer to give instead.
pub(super) async fn session(web: &Web, browser: &Browser) -> Result<Held, HttpResponse> {
    let answer = || Answer::new(web, browser);
    match resume(&web.app, &browser.visitor, web.app.clock.now()).await {
        Ok(Some(held)) => Ok(held),
        Ok(None) => Err(answer().redirect(&web.path("/login"))),
        Err(fault) => Err(answer().fault(&fault)),
    }
}

/// `GET /account`.
pub async fn show(request: HttpRequest, web: web::Data<Web>) -> HttpResponse {
    let browser = Browser::of(&request, &web);
    match session(&web, &browser).await {
        Ok(held) if held.must_change() => {
            Answer::new(&web, &browser).redirect(&web.path("/account/password"))
        }
        Ok(held) => page(&web, &browser, Answer::new(&web, &browser), &held, None).await,
        Err(answer) => answer,
    }
}

/// The account page, with a word about what was just done.
pub(super) async fn page(
    web: &Web,
    browser: &Browser,
    answer: Answer<'_>,
    held: &Held,
    done: Option<Done>,
) -> HttpResponse {
    match view(web, held, done).await {
        Ok(page) => answer.page(&page, &browser.frame_at(&web.path("/account")).signed_in()),
        Err(fault) => answer.fault(&fault),
    }
}

async fn view(web: &Web, held: &Held, done: Option<Done>) -> Result<AccountPage, Fault> {
    let open = sessions(&web.app, held).await?;
    let holder = holder(&web.app, held).await?;
    let Some(holder) = holder else {
        return Ok(AccountPage {
            username: held.login.clone(),
            done,
            ..AccountPage::default()
        });
    };
    Ok(AccountPage {
        name: identity::names(&holder.person).display_name(),
        file_number: (holder.person.kind == "student").then(|| holder.person.reference.clone()),
        password_since: holder
            .account
            .password_since
            .map(|at| local(from_micros(at)).date()),
        email: Some(holder.account.mail),
        username: holder.account.login,
        sessions: open.len(),
        done,
    })
}
