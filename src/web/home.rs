//! The pages that everybody may read, and the way from the context to the sign-in page.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Web;
use super::answer::Answer;
use super::pages::{HomePage, InfoPage, Place, Topic, Trouble};
use super::request::Browser;

/// `GET /`: the public home; with a query, what some clients take for the sign-in page.
pub async fn show(request: HttpRequest, web: web::Data<Web>) -> HttpResponse {
    let browser = Browser::of(&request, &web);
    let answer = Answer::new(&web, &browser);
    let query = request.query_string();
    if ["service=", "targetService=", "TARGET="]
        .iter()
        .any(|name| query.split('&').any(|pair| pair.starts_with(name)))
    {
        return answer.redirect(&format!("{}?{query}", web.path("/login")));
    }
    let today = web.app.clock.now().date_naive();
    let notices = web.pages.site().notices_at(Place::Home, today, browser.locale);
    let frame = match browser.visitor.cookie {
        // Whether the session still lives is found out behind the link; this page asks no database.
        Some(_) => browser.frame().signed_in(),
        None => browser.frame(),
    };
    answer
        .header("Cache-Control", "private, no-cache".into())
        .page(&HomePage { notices }, &frame)
}

/// `GET /cas` without its slash: the same, one redirect later.
pub async fn enter(request: HttpRequest, web: web::Data<Web>) -> HttpResponse {
    let browser = Browser::of(&request, &web);
    let query = request.query_string();
    let to = if query.is_empty() {
        web.path("/")
    } else {
        format!("{}?{query}", web.path("/login"))
    };
    Answer::new(&web, &browser).redirect(&to)
}

/// `GET /help` and what hangs on it.
pub async fn help(request: HttpRequest, web: web::Data<Web>) -> HttpResponse {
    let browser = Browser::of(&request, &web);
    let answer = Answer::new(&web, &browser);
    let wanted = request.path().strip_prefix(&web.context).unwrap_or_default();
    match Topic::ALL.into_iter().find(|topic| topic.path() == wanted) {
        Some(topic) => answer.page(&InfoPage::new(topic), &browser.frame()),
        None => answer.trouble(&Trouble::NotFound),
    }
}

/// Whatever has no other handler.
pub async fn not_found(request: HttpRequest, web: web::Data<Web>) -> HttpResponse {
    Answer::new(&web, &Browser::of(&request, &web)).trouble(&Trouble::NotFound)
}

/// A path that exists, asked with a method it does not have.
pub fn wrong_method(request: &HttpRequest, web: &Web, allowed: &'static str) -> HttpResponse {
    let browser = Browser::of(request, web);
    Answer::new(web, &browser)
        .header("Allow", allowed.into())
        .trouble(&Trouble::MethodNotAllowed)
}
