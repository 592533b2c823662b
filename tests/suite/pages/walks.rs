//! The way to every page that has a form, and how a person would fill it in there.

use std::fs;
use std::path::Path;

use scraper::{Html, Selector};

use crate::support::journeys::{ACTIVATE, PROPOSED, RECOVER};
use crate::support::people::{CAMILLE, CODE, EMILE, LOST, MAIL_URL, PASSWORD, PENDING};
use crate::support::{Browser, Reply, TestServer, encode};

/// Fields as a person fills them in.
pub type Fields = Vec<(&'static str, &'static str)>;

/// Every form, by its template; what stands behind a `#` tells two ways to one template apart.
pub const WAYS: [&str; 15] = [
    "account/password.html",
    "account/sessions.html",
    "activation/confirm.html",
    "activation/identity.html",
    "activation/password.html",
    "activation/password.html#recovery",
    "credentials.html",
    "credentials.html#recovery",
    "login.html",
    "logout/confirm.html",
    "loop.html",
    "recovery/code.html",
    "recovery/code.html#again",
    "recovery/identity.html",
    "warn.html",
];

/// A form on a page in somebody's browser.
pub struct Shown {
    pub browser: Browser,
    pub page: Reply,
    /// What makes the form do something.
    pub filled: Fields,
}

/// Templates with a form that is sent to this server.
pub fn templates_with_forms() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the templates") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if fs::read_to_string(&path).is_ok_and(|text| text.contains("<form action=\"{{ base }}")) {
                let short = path.strip_prefix(&root).expect("a template");
                found.push(short.display().to_string());
            }
        }
    }
    found.sort();
    found
}

async fn signed_in(server: &TestServer, more: &[(&str, &str)]) -> Browser {
    let browser = server.browser().with("accept", "text/html");
    let mut fields = vec![("username", CAMILLE), ("password", PASSWORD)];
    fields.extend_from_slice(more);
    browser.fill("/login", &fields).await.assert_status(302);
    browser
}

fn identity((number, [day, month, year]): (&'static str, [&'static str; 3])) -> Fields {
    vec![
        ("fileNumber", number),
        ("day", day),
        ("month", month),
        ("year", year),
    ]
}

/// Goes there.
pub async fn go(server: &TestServer, way: &str) -> Shown {
    let service = format!("/login?service={}", encode(MAIL_URL));
    let (browser, path, filled) = match way {
        "login.html" => {
            let fields = vec![("username", CAMILLE), ("password", PASSWORD)];
            (server.browser(), "/login", fields)
        }
        "warn.html" => (
            signed_in(server, &[("warn", "true")]).await,
            service.as_str(),
            Vec::new(),
        ),
        "loop.html" => {
            let browser = signed_in(server, &[]).await;
            for _ in 0..5 {
                let ticket = browser.visit(MAIL_URL).await;
                browser.validate(MAIL_URL, &ticket).await.assert_user(CAMILLE);
            }
            (browser, service.as_str(), Vec::new())
        }
        "account/password.html" => {
            let new = "trois tasses de thé vert";
            let fields = vec![
                ("currentPassword", PASSWORD),
                ("newPassword", new),
                ("confirmPassword", new),
            ];
            (signed_in(server, &[]).await, "/account/password", fields)
        }
        "account/sessions.html" => {
            signed_in(server, &[]).await;
            (
                signed_in(server, &[]).await,
                "/account/sessions",
                vec![("session", "others")],
            )
        }
        "logout/confirm.html" => {
            let browser = signed_in(server, &[]).await.with("sec-fetch-site", "cross-site");
            (browser, "/logout", vec![("answer", "yes")])
        }
        "activation/identity.html" => (server.browser(), ACTIVATE, identity(PENDING)),
        "recovery/identity.html" => (server.browser(), RECOVER, identity(LOST)),
        _ => on_the_way(server, way).await,
    };
    let page = browser.get(path).await;
    Shown {
        browser,
        page,
        filled,
    }
}

/// The later steps of a journey.
async fn on_the_way(server: &TestServer, way: &str) -> (Browser, &'static str, Fields) {
    let browser = server.browser();
    let journey = if way.starts_with("recovery") || way.ends_with("#recovery") {
        browser.identify(RECOVER, LOST).await.assert_status(302);
        RECOVER
    } else {
        browser.identify(ACTIVATE, PENDING).await.assert_status(302);
        ACTIVATE
    };
    let fields = match way {
        "activation/confirm.html" => vec![("answer", "yes")],
        "recovery/code.html" => vec![("code", CODE)],
        "recovery/code.html#again" => identity(("22500002", ["30", "9", "2006"])),
        _ => {
            let step = if journey == RECOVER {
                ("code", CODE)
            } else {
                ("answer", "yes")
            };
            browser.fill(journey, &[step]).await.assert_status(302);
            if way.starts_with("credentials") {
                assert!(browser.fill(journey, &PROPOSED).await.noted().is_some());
                vec![("answer", "yes")]
            } else {
                PROPOSED.to_vec()
            }
        }
    };
    (browser, journey, fields)
}

/// A page with a token of the same form that somebody else was given.
pub async fn elsewhere(server: &TestServer, way: &str) -> Reply {
    let other = server.browser();
    let path = match way.split('/').next().unwrap_or_default() {
        "login.html" => "/login",
        "activation" | "credentials.html" if !way.ends_with("#recovery") => ACTIVATE,
        "activation" | "credentials.html#recovery" | "recovery" => RECOVER,
        _ => {
            let fields = [("username", EMILE), ("password", PASSWORD), ("warn", "true")];
            other.fill("/login", &fields).await.assert_status(302);
            match way {
                "account/password.html" => "/account/password",
                "account/sessions.html" => "/account/sessions",
                "logout/confirm.html" => {
                    return other.with("sec-fetch-site", "cross-site").get("/logout").await;
                }
                _ => return other.get(&format!("/login?service={}", encode(MAIL_URL))).await,
            }
        }
    };
    other.get(path).await
}

/// The form on `page` that has all these fields: where it goes, and what is in it already.
pub fn form(page: &Reply, filled: &Fields) -> (String, Vec<(String, String)>) {
    let html = Html::parse_document(&page.body);
    let select = |text: &str| Selector::parse(text).expect("a selector");
    let (field, hidden) = (select("[name]"), select("input[type=hidden][name]"));
    let form = html
        .select(&select("main form[method=post]"))
        .find(|form| {
            let names: Vec<&str> = form
                .select(&field)
                .filter_map(|field| field.attr("name"))
                .collect();
            names.contains(&"execution") && filled.iter().all(|(name, _)| names.contains(name))
        })
        .unwrap_or_else(|| panic!("no form with {filled:?}: {}", page.body));
    let values = form
        .select(&hidden)
        .filter_map(|field| Some((field.attr("name")?.to_owned(), field.attr("value")?.to_owned())))
        .collect();
    (form.attr("action").expect("an action").to_owned(), values)
}
