//! Bad input: every endpoint, every parameter, everything that can be wrong with it, and the exact answer. No answer is a
//! fault of the server, no ticket is spent that was not looked at, and nothing is written but what a row says.

mod random;
pub mod rows;

use crate::support::people::{CAMILLE, MAIL_URL, PASSWORD};
use crate::support::proxies::Proxies;
use crate::support::raw::Exchange;
use crate::support::{Browser, TestServer, encode};
use rows::{Row, Wants};

/// Whoever asks: a server, and what is good there.
struct Asker<'a> {
    server: &'a TestServer,
    /// Signed in.
    browser: Browser,
    /// At the sign-in form.
    newcomer: Browser,
    words: Vec<(&'static str, String)>,
}

impl<'a> Asker<'a> {
    async fn new(server: &'a TestServer, more: Vec<(&'static str, String)>) -> Self {
        let (browser, newcomer) = (server.browser(), server.browser());
        browser.sign_in(CAMILLE).await;
        newcomer.get("/login").await.assert_status(200);
        let ticket = browser.visit(MAIL_URL).await;
        let cookie = |browser: &Browser, name| format!("{name}={}", browser.cookie(name).expect("a cookie"));
        let mut words = vec![
            ("{ticket}", ticket),
            ("{session}", cookie(&browser, "TGC")),
            ("{form}", cookie(&newcomer, "CASFORM")),
            ("{login}", CAMILLE.to_owned()),
            ("{password}", encode(PASSWORD)),
            ("{plain}", PASSWORD.to_owned()),
        ];
        words.extend(more);
        Self {
            server,
            browser,
            newcomer,
            words,
        }
    }

    /// Sends each row and checks what comes back and what is left behind; at the end what was good must still be.
    async fn ask(mut self, rows: &[Row]) {
        let mut wrong = Vec::new();
        for row in rows {
            self.prepare(row).await;
            let before = self.server.traces().await;
            let request = row.bytes(self.server.authority(), &self.words);
            let answer = self.server.raw(request).await;
            let mut faults = faults(row, &answer);
            let after = self.server.traces().await;
            let left = after.since(&before.and(row.leaves));
            if !left.is_empty() {
                faults.push(format!("it leaves {left:?}"));
            }
            if !faults.is_empty() {
                wrong.push(format!("{}\n    {}", row.title(), faults.join("\n    ")));
            }
        }
        assert!(
            wrong.is_empty(),
            "{} of {} rows:\n{}",
            wrong.len(),
            rows.len(),
            wrong.join("\n")
        );
        let ticket = &self.words[0].1;
        let verdict = self.server.browser().validate(MAIL_URL, ticket).await;
        verdict.assert_user(CAMILLE);
        assert!(self.browser.is_in().await, "the session is there");
    }

    /// What this row wants for itself alone.
    async fn prepare(&mut self, row: &Row) {
        self.words
            .retain(|(word, _)| !matches!(*word, "{fresh}" | "{token}"));
        if row.names("{fresh}") {
            let ticket = self.browser.visit(MAIL_URL).await;
            self.words.push(("{fresh}", ticket));
        }
        if row.names("{token}") {
            let token = self.newcomer.get("/login").await.value("execution");
            self.words.push(("{token}", encode(&token)));
        }
    }
}

/// What is wrong with an answer.
fn faults(row: &Row, answer: &Exchange) -> Vec<String> {
    let mut faults = Vec::new();
    if answer.head.is_empty() {
        return vec!["there is no answer".to_owned()];
    }
    if answer.status() != row.wants.status() {
        faults.push(format!("{} is not {:?}", answer.status(), row.wants));
    }
    let media = answer.header("Content-Type");
    if row.wants.media().is_some_and(|wanted| media != Some(wanted)) {
        faults.push(format!("it is {media:?}"));
    }
    let body = without_trace(&answer.body);
    if row.method != "HEAD" && row.wants.body().is_some_and(|wanted| body != wanted) {
        faults.push(answer.body.chars().take(300).collect());
    }
    let signs = |name: &str| answer.body.contains(&format!("name=\"{name}\""));
    let found = match &row.wants {
        Wants::Form(_) => signs("password") && signs("execution"),
        Wants::Page(_) | Wants::Home => !signs("password"),
        Wants::Method(allowed) => answer.header("Allow") == Some(allowed),
        Wants::Saml(message) => {
            let said = format!(
                "\"saml1p:RequestDenied\"/><saml1p:StatusMessage>{message}</saml1p:StatusMessage></saml1p:Status>\
                 </saml1p:Response></SOAP-ENV:Body></SOAP-ENV:Envelope>"
            );
            body.ends_with(&said)
        }
        _ => true,
    };
    if !found {
        let body: String = answer.body.chars().take(600).collect();
        faults.push(format!("this is not {:?}: {}\n{body}", row.wants, answer.head));
    }
    if let Some(sign) = sign_of_success(answer) {
        faults.push(format!("{sign:?} is in the answer"));
    }
    faults
}

/// The answer without the number under which the operator finds a refused ticket's story.
fn without_trace(body: &str) -> String {
    let Some((before, rest)) = body.split_once(" (trace ") else {
        return body.to_owned();
    };
    let (trace, after) = rest.split_at_checked(15).unwrap_or((rest, ""));
    let is_number = trace.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    match after.strip_prefix(')').filter(|_| is_number) {
        Some(after) => format!("{before}{after}"),
        None => body.to_owned(),
    }
}

/// What only somebody gets who brought something good.
pub fn sign_of_success(answer: &Exchange) -> Option<&'static str> {
    let body = [
        "authenticationSuccess",
        "proxySuccess",
        "saml1p:Success",
        "NameIdentifier",
        "<cas:user",
        "yes\n",
    ];
    let head = ["ticket=ST-", "SAMLart=ST-", "Ticket: ST-", "Location: "];
    let cookie = || answer.head.contains("TGC=") && !answer.head.contains("TGC=;");
    body.into_iter()
        .find(|sign| answer.body.contains(sign))
        .or_else(|| head.into_iter().find(|sign| answer.head.contains(sign)))
        .or_else(|| cookie().then_some("TGC"))
}

async fn ask(name: &str) {
    let server = TestServer::start().await;
    Asker::new(&server, Vec::new()).await.ask(&rows::part(name)).await;
}

#[tokio::test]
async fn e1_p5_p7_t3_s17_no_validator_looks_at_a_ticket_that_comes_with_a_wrong_parameter() {
    ask("validation").await;
}

#[tokio::test]
async fn t3_t4_x1_a_wrong_ticket_address_or_callback_has_its_own_code_and_spends_no_other_ticket() {
    ask("judged").await;
}

#[tokio::test]
async fn d7_x4_s72_a_proxy_that_asks_in_the_wrong_way_gets_its_code_and_keeps_its_ticket() {
    let proxies = Proxies::start().await;
    let person = proxies.server.browser();
    person.sign_in(CAMILLE).await;
    let granted = proxies.grant(&person).await;

    let words = vec![("{pgt}", granted.pgt.clone())];
    let asker = Asker::new(&proxies.server, words).await;
    asker.ask(&rows::part("proxy")).await;

    let imap = crate::support::proxies::IMAP_URL;
    assert!(proxies.proxy_ticket(&granted.pgt, imap).await.starts_with("PT-"));
}

#[tokio::test]
async fn p2_p5_s3_s72_a_wrong_question_at_the_sign_in_page_is_a_page_and_writes_nothing() {
    ask("login").await;
}

#[tokio::test]
async fn p6_l5_l8_s72_a_form_in_which_anything_is_wrong_signs_nobody_in_and_counts_for_nothing() {
    ask("credentials").await;
}

#[tokio::test]
async fn p5_s06_s72_a_wrong_sign_out_ends_no_session_and_leads_nowhere() {
    ask("logout").await;
}

#[tokio::test]
async fn m7_m9_s56_s74_an_envelope_of_bombs_entities_or_ten_thousand_levels_is_a_failure() {
    ask("saml").await;
}

#[tokio::test]
async fn r3_r6_r12_a_wrong_request_of_a_program_is_told_why_and_writes_nothing() {
    let server = TestServer::with_rest().start().await;
    let granting = server.program().open(CAMILLE).await;
    let words = vec![("{tgt}", granting.clone())];

    Asker::new(&server, words).await.ask(&rows::part("rest")).await;

    let again = server.program().ask(&granting, MAIL_URL).await;
    assert!(again.body.starts_with("ST-"), "{}", again.body);
}

#[tokio::test]
async fn s71_s73_s74_what_is_no_request_is_refused_at_every_endpoint() {
    ask("http").await;
}
