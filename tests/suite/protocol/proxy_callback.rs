//! The callback that brings a proxy-granting ticket: section 10.1 of the protocol, and the guard around it.

use futures_util::future::join_all;

use crate::support::callback::{Answer, Authority, Callback, Signed};
use crate::support::people::{CAMILLE, MAIL_URL};
use crate::support::proxies::{IMAP_URL, PORTAL_URL, Proxies, definitions};
use crate::support::service::untraced;
use crate::support::{Listener, TestServer, encode};

/// That `verdict` is the failure of a callback, which says nothing of why, and that no grant is left.
async fn assert_no_grant(proxies: &Proxies, verdict: &crate::support::service::Verdict) {
    verdict.assert_failure("INVALID_PROXY_CALLBACK");
    assert!(
        untraced(&verdict.0).contains(">the proxy callback could not be used<"),
        "{}",
        verdict.0
    );
    let rows = proxies
        .server
        .lines("SELECT service_key AS line FROM proxy_grants")
        .await;
    assert!(rows.is_empty(), "{rows:?}");
}

#[tokio::test]
async fn x1_the_callback_is_called_once_with_both_parameters_and_its_query_kept() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;

    for (path, before) in [
        ("portail", "/portail?"),
        ("portail?proxyResponse=true", "/portail?proxyResponse=true&"),
        ("/portail?a=%2f+b&b=", "//portail?a=%2f+b&b=&"),
        ("portail?", "/portail?&"),
    ] {
        let count = proxies.callback.heads().len();
        let verdict = proxies.present(&browser, path).await;
        let granted = proxies.granted(verdict);

        let targets = proxies.callback.targets();
        assert_eq!(targets.len(), count + 1, "{path}: {targets:?}");
        assert_eq!(
            targets[count],
            format!("{before}pgtIou={}&pgtId={}", granted.iou, granted.pgt)
        );
        let head = proxies.callback.heads()[count].to_lowercase();
        assert!(
            head.starts_with("get ") && !head.contains("cookie:") && !head.contains("referer:"),
            "{head}"
        );
    }
}

#[tokio::test]
async fn x1_the_iou_tells_nothing_of_the_proxy_granting_ticket() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;

    let (one, two) = (proxies.grant(&browser).await, proxies.grant(&browser).await);

    let (iou, pgt) = (one.iou.strip_prefix("PGTIOU-"), one.pgt.strip_prefix("PGT-"));
    let (iou, pgt) = (iou.expect("the prefix"), pgt.expect("the prefix"));
    assert!(iou.len() >= 43 && pgt.len() >= 43 && one.pgt.len() <= 64 && one.iou.len() <= 64);
    let pieces: Vec<&str> = (0..=pgt.len() - 6).map(|at| &pgt[at..at + 6]).collect();
    assert!(!pieces.iter().any(|piece| iou.contains(piece)));
    assert!(
        !one.verdict.0.contains(pgt),
        "the answer never holds the ticket itself"
    );
    assert!(one.iou != two.iou && one.pgt != two.pgt);
}

#[tokio::test]
async fn x2_the_answer_waits_for_the_callback_and_the_ticket_works_from_then_on() {
    let proxies = Proxies::answering(&[Answer::Held]).await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let ticket = browser.visit(PORTAL_URL).await;
    let callback = proxies.at("portail");
    let answered = proxies.validate(PORTAL_URL, &ticket, &callback);
    tokio::pin!(answered);

    tokio::select! {
        () = proxies.callback.called(1) => {}
        verdict = &mut answered => panic!("answered before the callback: {}", verdict.0),
    }
    // Until then it opens nothing, and nobody else waits.
    let target = proxies.callback.targets()[0].clone();
    let early = target.split_once("pgtId=").expect("the parameter").1;
    proxies.assert_refused(early, IMAP_URL, "INVALID_TICKET").await;
    let other = browser.visit(MAIL_URL).await;
    proxies
        .server
        .browser()
        .validate(MAIL_URL, &other)
        .await
        .assert_user(CAMILLE);
    proxies.callback.release();
    let granted = proxies.granted(answered.await);

    assert_eq!(granted.pgt, early);
    proxies.proxy_ticket(&granted.pgt, IMAP_URL).await;
}

/// Presents a ticket whose callback is held back, lets `happen` what happens meanwhile, and answers no success: neither
/// the validation nor the proxy-granting ticket that the callback has heard of is worth anything.
async fn assert_ended_during(happen: impl AsyncFnOnce(&Proxies, &crate::support::Browser)) {
    let proxies = Proxies::answering(&[Answer::Held]).await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let ticket = browser.visit(PORTAL_URL).await;
    let callback = proxies.at("portail");
    let answered = proxies.validate(PORTAL_URL, &ticket, &callback);
    tokio::pin!(answered);
    tokio::select! {
        () = proxies.callback.called(1) => {}
        verdict = &mut answered => panic!("answered before the callback: {}", verdict.0),
    }

    happen(&proxies, &browser).await;
    proxies.callback.release();
    let verdict = answered.await;

    verdict.assert_failure("INVALID_TICKET");
    let target = proxies.callback.targets()[0].clone();
    let pgt = target.split_once("pgtId=").expect("the parameter").1;
    proxies.assert_refused(pgt, IMAP_URL, "INVALID_TICKET").await;
    let rows = proxies
        .server
        .lines("SELECT service_key AS line FROM proxy_grants")
        .await;
    assert!(rows.is_empty(), "{rows:?}");
}

#[tokio::test]
async fn x2_no_grant_outlives_a_session_that_ends_during_the_callback() {
    assert_ended_during(async |_, browser| {
        let leave = format!("/logout?service={}", encode(MAIL_URL));
        browser.get(&leave).await.assert_status(302);
    })
    .await;
}

#[tokio::test]
async fn x2_no_grant_comes_from_a_session_that_runs_out_during_the_callback() {
    assert_ended_during(async |proxies, _| proxies.server.wait(chrono::Duration::hours(11))).await;
}

#[tokio::test]
async fn d4_only_four_statuses_say_that_the_ticket_was_taken() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;

    for status in [201, 400, 401, 404, 410, 500, 503] {
        proxies.callback.answer(&[Answer::Status(status)]);
        let verdict = proxies.present(&browser, "portail").await;
        assert_no_grant(&proxies, &verdict).await;
        // What the callback was told is worth nothing.
        let target = proxies.callback.targets().pop().expect("a call");
        let pgt = target.split_once("pgtId=").expect("the parameter").1;
        proxies.assert_refused(pgt, IMAP_URL, "INVALID_TICKET").await;
    }
    for status in [200, 202, 204, 304] {
        proxies.callback.answer(&[Answer::Status(status)]);
        proxies.grant(&browser).await;
    }
}

#[tokio::test]
async fn d4_t3_a_ticket_whose_callback_failed_is_spent_and_its_service_unknown_to_single_logout() {
    let proxies = Proxies::answering(&[Answer::Status(500)]).await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let ticket = browser.visit(PORTAL_URL).await;

    let failed = proxies
        .validate(PORTAL_URL, &ticket, &proxies.at("portail"))
        .await;
    failed.assert_failure("INVALID_PROXY_CALLBACK");
    proxies.callback.answer(&[Answer::Status(200)]);
    let again = proxies
        .validate(PORTAL_URL, &ticket, &proxies.at("portail"))
        .await;

    again.assert_failure("INVALID_TICKET");
    let handles = "SELECT handle AS line FROM service_tickets WHERE handle IS NOT NULL";
    assert!(proxies.server.lines(handles).await.is_empty());
    let events = proxies.server.events().await;
    assert!(events.contains(&"proxy_callback_failed".to_owned()), "{events:?}");
}

#[tokio::test]
async fn s63_a_callback_that_hangs_is_given_up_and_holds_up_no_other_service() {
    let proxies = Proxies::impatient(&[Answer::Hang]).await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let mut tickets = Vec::new();
    for _ in 0..12 {
        tickets.push(browser.visit(PORTAL_URL).await);
    }
    let plain = browser.visit(MAIL_URL).await;
    let callback = proxies.at("portail");

    let hanging = join_all(
        tickets
            .iter()
            .map(|ticket| proxies.validate(PORTAL_URL, ticket, &callback)),
    );
    let meanwhile = async {
        proxies.callback.called(4).await;
        proxies.server.browser().validate(MAIL_URL, &plain).await
    };
    let (verdicts, meanwhile) = futures_util::future::join(hanging, meanwhile).await;

    meanwhile.assert_user(CAMILLE);
    for verdict in &verdicts {
        assert_no_grant(&proxies, verdict).await;
    }
}

#[tokio::test]
async fn s63_callbacks_that_redirect_to_each_other_do_not_wait_for_each_other() {
    let authority = Authority::new();
    let callbacks = [
        Callback::start(&authority, Signed::Well, &[Answer::Hang]).await,
        Callback::start(&authority, Signed::Well, &[Answer::Hang]).await,
    ];
    let [one, two] = &callbacks;
    for (from, to) in [(one, two), (two, one)] {
        let mut answers = vec![Answer::HeldRedirect(to.url.clone()); 4];
        answers.push(Answer::Status(200));
        from.answer(&answers);
    }
    let [portal, ..] = definitions(&format!("{}\", \"{}", one.url, two.url));
    let server = TestServer::with()
        .trusting(&authority)
        .service(&portal)
        .start()
        .await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;
    let mut tickets = Vec::new();
    for _ in 0..8 {
        tickets.push(browser.visit(PORTAL_URL).await);
    }

    let validations = join_all(tickets.iter().zip(callbacks.iter().cycle()).map(
        async |(ticket, callback)| {
            let more = format!("&pgtUrl={}", encode(&callback.url));
            let asker = server.browser();
            asker
                .validate_at("/serviceValidate", PORTAL_URL, ticket, &more)
                .await
        },
    ));
    let let_go = async {
        for callback in &callbacks {
            callback.called(4).await;
        }
        for callback in callbacks.iter().cycle().take(8) {
            callback.release();
        }
    };
    let (verdicts, ()) = futures_util::future::join(validations, let_go).await;

    for verdict in &verdicts {
        assert!(verdict.is_success(), "{}", verdict.0);
    }
}

#[tokio::test]
async fn s63_of_an_answer_without_end_64_kib_are_read() {
    let proxies = Proxies::answering(&[Answer::Endless]).await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;

    let granted = proxies.grant(&browser).await;

    proxies.proxy_ticket(&granted.pgt, IMAP_URL).await;
}

#[tokio::test]
async fn s62_a_certificate_is_checked_for_its_authority_its_host_and_its_dates() {
    let (known, stranger) = (Authority::new(), Authority::new());
    let answers = [Answer::Status(200)];
    let good = Callback::start(&known, Signed::Well, &answers).await;
    let old = Callback::start(&known, Signed::LongAgo, &answers).await;
    let foreign = Callback::start(&stranger, Signed::Well, &answers).await;
    // The certificate is for `localhost`.
    let other_host = format!("https://127.0.0.1:{}/", good.port);
    let callbacks = [good.url.as_str(), &old.url, &foreign.url, &other_host];
    let [portal, ..] = definitions(&callbacks.join("\", \""));
    let server = TestServer::with().trusting(&known).service(&portal).start().await;
    let browser = server.browser();
    browser.sign_in(CAMILLE).await;

    for (callback, fine) in callbacks.iter().zip([true, false, false, false]) {
        let ticket = browser.visit(PORTAL_URL).await;
        let more = format!("&pgtUrl={}", encode(callback));
        let verdict = server
            .browser()
            .validate_at("/serviceValidate", PORTAL_URL, &ticket, &more)
            .await;

        assert_eq!(verdict.is_success(), fine, "{callback}: {}", verdict.0);
        if !fine {
            verdict.assert_failure("INVALID_PROXY_CALLBACK");
        }
    }
    assert_eq!(
        (good.heads().len(), old.heads().len(), foreign.heads().len()),
        (1, 0, 0)
    );
}

#[tokio::test]
async fn s60_s62_only_registered_callbacks_under_https_are_called() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let port = proxies.callback.port;

    for callback in [
        "nonsense".to_owned(),
        "/portail".into(),
        "javascript:alert(1)".into(),
        "https://elsewhere.example/portail".into(),
        format!("http://localhost:{port}/portail"),
        format!("https://127.0.0.1:{port}/portail"),
        format!("https://localhost:{}/portail", port.wrapping_add(1).max(1)),
        format!("https://user@localhost:{port}/portail"),
        format!("https://localhost.evil.example:{port}/portail"),
        format!("https://localhost:{port}/a/../portail"),
        format!("imap://localhost:{port}/portail"),
    ] {
        let ticket = browser.visit(PORTAL_URL).await;
        let verdict = proxies.validate(PORTAL_URL, &ticket, &callback).await;
        assert_no_grant(&proxies, &verdict).await;
    }
    // A service without callbacks is no proxy.
    let ticket = browser.visit(MAIL_URL).await;
    let verdict = proxies.validate(MAIL_URL, &ticket, &proxies.at("portail")).await;
    assert_no_grant(&proxies, &verdict).await;

    assert!(proxies.callback.heads().is_empty());
}

#[tokio::test]
async fn s60_three_redirects_are_followed_each_to_a_registered_callback() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let to = |to: &str| Answer::Redirect(302, to.to_owned());
    let calls = || proxies.callback.heads().len();

    proxies.callback.answer(&[
        Answer::Redirect(301, "/b".into()),
        Answer::Redirect(307, proxies.at("c")),
        Answer::Redirect(308, "d".into()),
        Answer::Status(204),
    ]);
    let verdict = proxies.present(&browser, "a").await;
    assert!(verdict.is_success(), "{}", verdict.0);
    let targets = proxies.callback.targets();
    assert!(targets[0].starts_with("/a?pgtIou="), "{targets:?}");
    assert_eq!(
        targets[1..],
        ["/b", "/c", "/d"],
        "where the answers lead, and nothing added"
    );
    proxies.server.execute("DELETE FROM proxy_grants").await;

    proxies.callback.answer(&[to("/loop")]);
    let before = calls();
    assert_no_grant(&proxies, &proxies.present(&browser, "loop").await).await;
    assert_eq!(calls() - before, 4, "the first call and three redirects");

    let listener = Listener::start(&[200]);
    for elsewhere in [
        listener.url.clone(),
        format!("http://localhost:{}/", proxies.callback.port),
        format!("https://127.0.0.1:{}/", proxies.callback.port),
        "https://elsewhere.example/".into(),
        "//elsewhere.example/".into(),
        "file:///etc/passwd".into(),
    ] {
        proxies.callback.answer(&[to(&elsewhere), Answer::Status(200)]);
        let before = calls();
        assert_no_grant(&proxies, &proxies.present(&browser, "portail").await).await;
        assert_eq!(calls() - before, 1, "{elsewhere}");
    }
    assert!(listener.heard(0).await.is_empty());
}

#[tokio::test]
async fn s61_a_callback_in_a_network_that_nobody_listed_is_not_called() {
    let authority = Authority::new();
    let callback = Callback::start(&authority, Signed::Well, &[Answer::Status(200)]).await;
    let [portal, ..] = definitions(&callback.url);
    let server = TestServer::with()
        .trusting(&authority)
        .set("outbound.allowed_networks", "192.0.2.0/24")
        .service(&portal)
        .start()
        .await;
    let ticket = server.browser().sign_in_to(CAMILLE, PORTAL_URL).await;

    let more = format!("&pgtUrl={}", encode(&callback.url));
    let verdict = server
        .browser()
        .validate_at("/serviceValidate", PORTAL_URL, &ticket, &more)
        .await;

    verdict.assert_failure("INVALID_PROXY_CALLBACK");
    assert!(callback.heads().is_empty());
}

#[tokio::test]
async fn s62_plain_http_is_for_this_machine_and_only_where_its_network_is_listed() {
    for (networks, fine) in [("127.0.0.0/8", true), ("192.0.2.0/24", false)] {
        let listener = Listener::start(&[200]);
        let [portal, ..] = definitions(&listener.url);
        let server = TestServer::with()
            .set("outbound.allowed_networks", networks)
            .service(&portal)
            .start()
            .await;
        let ticket = server.browser().sign_in_to(CAMILLE, PORTAL_URL).await;

        let more = format!("&pgtUrl={}", encode(&listener.url));
        let verdict = server
            .browser()
            .validate_at("/serviceValidate", PORTAL_URL, &ticket, &more)
            .await;

        assert_eq!(verdict.is_success(), fine, "{networks}: {}", verdict.0);
        assert_eq!(listener.heard(0).await.len(), usize::from(fine));
    }
}

#[tokio::test]
async fn v1_the_callback_is_judged_last() {
    let proxies = Proxies::start().await;
    let browser = proxies.server.browser();
    browser.sign_in(CAMILLE).await;
    let service = proxies.server.browser();
    let more = format!("&renew=true&pgtUrl={}", encode(&proxies.at("portail")));

    let ticket = browser.visit(PORTAL_URL).await;
    let renewed = service
        .validate_at("/serviceValidate", PORTAL_URL, &ticket, &more)
        .await;
    let ticket = browser.visit(PORTAL_URL).await;
    let elsewhere = proxies.validate(MAIL_URL, &ticket, &proxies.at("portail")).await;
    let cas1 = browser.visit(PORTAL_URL).await;
    let cas1 = service
        .door("/validate", PORTAL_URL, &cas1, &more.replace("renew=true&", ""))
        .await;

    renewed.assert_failure("INVALID_TICKET");
    elsewhere.assert_failure("INVALID_SERVICE");
    assert_eq!(cas1.body, format!("yes\n{CAMILLE}\n"), "CAS 1 knows no callback");
    assert!(proxies.callback.heads().is_empty());
}
