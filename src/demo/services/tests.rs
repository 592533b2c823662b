//! The sample services against a CAS server of a dozen lines that knows two tickets per service.

use std::collections::HashSet;
use std::net::TcpListener;
use std::sync::Mutex;

use actix_web::web::{self, Data, Path, Query};
use actix_web::{App, HttpServer};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use super::*;

/// Tickets are `ST-good…`; each is good once, and only with the service it is asked for.
#[derive(Default)]
struct Spent(Mutex<HashSet<String>>);

async fn validate(path: Path<String>, query: Query<Vec<(String, String)>>, spent: Data<Spent>) -> String {
    let value = |name: &str| {
        query
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    };
    let ticket = value("ticket").to_owned();
    let good = ticket.starts_with("ST-good")
        && value("service").starts_with("http://127.0.0.1:")
        && spent.0.lock().unwrap().insert(ticket);
    match (path.as_str(), good) {
        ("validate", true) => "yes\nmartin\n".to_owned(),
        ("validate", false) => "no\n\n".to_owned(),
        (_, true) => {
            "<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'><cas:authenticationSuccess>\
                      <cas:user>martin</cas:user><cas:attributes><cas:mail>m&lt;m@univ.example</cas:mail>\
                      <cas:isFromNewLogin>true</cas:isFromNewLogin></cas:attributes>\
                      </cas:authenticationSuccess></cas:serviceResponse>"
                .to_owned()
        }
        (_, false) => "<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>\
                       <cas:authenticationFailure code=\"INVALID_TICKET\">not recognized\
                       </cas:authenticationFailure></cas:serviceResponse>"
            .to_owned(),
    }
}

/// The services, with a stand-in for the CAS server.
struct Campus {
    samples: Samples,
    cas: String,
    cas_handle: ServerHandle,
    browser: Client,
}

impl Campus {
    async fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let cas = format!("http://{}/cas", listener.local_addr().unwrap());
        let spent = Data::new(Spent::default());
        let server = HttpServer::new(move || {
            App::new().app_data(spent.clone()).route(
                "/cas/{path:validate|serviceValidate|p3/serviceValidate}",
                web::get().to(validate),
            )
        });
        let server = server
            .workers(1)
            .disable_signals()
            .listen(listener)
            .unwrap()
            .run();
        let cas_handle = server.handle();
        tokio::spawn(server);
        let samples = start(cas.clone(), "127.0.0.1", [0; 4]).await.unwrap();
        let browser = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self {
            samples,
            cas,
            cas_handle,
            browser,
        }
    }

    fn url(&self, index: usize) -> &str {
        &self.samples.definitions()[index].url
    }

    async fn get(&self, address: &str, cookie: &str) -> Response {
        let request = self
            .browser
            .get(address)
            .header("Cookie", cookie)
            .header("Accept-Language", "en");
        request.send().await.unwrap()
    }

    /// Arrives with a ticket and returns the session cookie.
    async fn enter(&self, address: &str, ticket: &str) -> String {
        let answer = self.get(&format!("{address}?ticket={ticket}"), "").await;
        assert_eq!(answer.status(), 302);
        assert!(!header(&answer, "Location").contains("ticket"));
        header(&answer, "Set-Cookie")
            .split(';')
            .next()
            .unwrap()
            .to_owned()
    }

    async fn close(self) {
        self.samples.stop().await;
        self.cas_handle.stop(false).await;
    }
}

fn header(answer: &Response, name: &str) -> String {
    answer.headers()[name].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_stranger_is_sent_to_sign_in_and_the_record_asks_by_the_gateway() {
    let campus = Campus::open().await;

    for index in 0..4 {
        let answer = campus.get(campus.url(index), "").await;
        let location = header(&answer, "Location");
        assert!(
            location.starts_with(&format!("{}/login?service=", campus.cas)),
            "{location}"
        );
        assert_eq!(location.ends_with("&gateway=true"), index == 3, "{location}");
    }

    let public = campus.get(&format!("{}back", campus.url(3)), "").await;
    assert_eq!(public.status(), 200);
    assert!(public.text().await.unwrap().contains("You are not signed in."));
    campus.close().await;
}

#[tokio::test]
async fn a_ticket_opens_a_session_and_the_page_says_what_was_learnt() {
    let campus = Campus::open().await;

    for index in 0..4 {
        let back = if index == 3 { "back" } else { "" };
        let cookie = campus
            .enter(
                &format!("{}{back}", campus.url(index)),
                &format!("ST-good-{index}"),
            )
            .await;
        let page = campus.get(campus.url(index), &cookie).await;
        assert_eq!(page.status(), 200);
        let page = page.text().await.unwrap();
        assert!(page.contains("Signed in as <strong>martin</strong>"), "{page}");
        assert_eq!(
            page.contains("<dd>m&lt;m@univ.example</dd>"),
            index != 2,
            "{page}"
        );
        assert!(!page.contains("ST-good"), "{page}");
        for other in campus
            .samples
            .definitions()
            .iter()
            .filter(|other| other.url != campus.url(index))
        {
            assert!(
                page.contains(&format!("<a href=\"{}\">{}</a>", other.url, other.name_en)),
                "{page}"
            );
        }
    }
    campus.close().await;
}

#[tokio::test]
async fn a_replayed_ticket_gets_a_kind_page_with_the_code() {
    let campus = Campus::open().await;

    for index in 0..4 {
        let back = if index == 3 { "back" } else { "" };
        let address = format!("{}{back}", campus.url(index));
        campus.enter(&address, &format!("ST-good-{index}")).await;
        let again = campus.get(&format!("{address}?ticket=ST-good-{index}"), "").await;

        assert_eq!(again.status(), 403);
        assert!(again.headers().get("Set-Cookie").is_none());
        let page = again.text().await.unwrap();
        assert!(
            page.contains("<code>INVALID_TICKET</code>") && page.contains("Try again"),
            "{page}"
        );
        assert!(!page.contains("ST-good"), "{page}");
    }
    campus.close().await;
}

#[tokio::test]
async fn a_logout_notice_ends_the_session_of_its_ticket_and_no_other() {
    let campus = Campus::open().await;

    for (index, path) in [(0, ""), (1, ""), (3, "back")] {
        let address = format!("{}{path}", campus.url(index));
        let gone = campus.enter(&address, &format!("ST-good-{index}-a")).await;
        let stays = campus.enter(&address, &format!("ST-good-{index}-b")).await;
        let notice = format!(
            "logoutRequest=%3Csamlp%3ALogoutRequest+xmlns%3Asamlp%3D%22urn%3Aoasis%3Anames%3Atc%3ASAML%3A2.0%3A\
             protocol%22%3E%3Csamlp%3ASessionIndex%3EST-good-{index}-a%3C%2Fsamlp%3ASessionIndex%3E%3C%2Fsamlp%3A\
             LogoutRequest%3E"
        );
        let post = campus.browser.post(&address).body(notice);
        let post = post.header("Content-Type", "application/x-www-form-urlencoded");
        assert_eq!(post.send().await.unwrap().status(), 204);

        assert_eq!(campus.get(campus.url(index), &gone).await.status(), 302);
        assert_eq!(campus.get(campus.url(index), &stays).await.status(), 200);
    }
    campus.close().await;
}

#[tokio::test]
async fn the_timetable_closes_itself_before_signing_out() {
    let campus = Campus::open().await;
    let cookie = campus.enter(campus.url(2), "ST-good").await;

    let out = campus.get(&format!("{}sign-out", campus.url(2)), &cookie).await;

    assert_eq!(header(&out, "Location"), format!("{}/logout", campus.cas));
    assert_eq!(campus.get(campus.url(2), &cookie).await.status(), 302);
    campus.close().await;
}

#[tokio::test]
async fn a_server_that_is_away_lets_nobody_in() {
    let campus = Campus::open().await;
    campus.cas_handle.stop(false).await;

    let answer = campus.get(&format!("{}?ticket=ST-good", campus.url(0)), "").await;

    assert_eq!(answer.status(), 403);
    assert!(answer.text().await.unwrap().contains("<code>NO_ANSWER</code>"));
    campus.close().await;
}

#[tokio::test]
async fn a_busy_port_is_named() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();

    let refused = start("http://localhost/cas".to_owned(), "127.0.0.1", [0, 0, port, 0]).await;

    let said = refused.err().unwrap().to_string();
    assert!(
        said.contains(&format!("port {port}")) && said.contains("timetable"),
        "{said}"
    );
}
