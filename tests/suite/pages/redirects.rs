//! No answer takes a browser to a place that is neither this server nor a registered service ([S-05], [S-06], [S-08]).

use vestibule::kernel::entropy::Entropy;

use super::tricks::{ELSEWHERE, TRICKS, noise};
use crate::support::journeys::{ACTIVATE, PROPOSED, RECOVER};
use crate::support::people::{CAMILLE, CODE, EMILE, LOST, MAIL_URL, PASSWORD, PENDING, STAFF};
use crate::support::{Browser, TestServer, encode};

/// Paths, each with what stands before the address.
const DOORS: [(&str, &str); 15] = [
    ("/cas/login", ""),
    ("/cas/login", "gateway=true&"),
    ("/cas/login", "renew=true&"),
    ("/cas/login", "renew=true&gateway=true&"),
    ("/cas/login", "method=POST&"),
    ("/cas/login", "method=HEADER&gateway=true&"),
    ("/cas/login", "lang=en&"),
    ("/cas/logout", ""),
    ("/cas/", ""),
    ("/cas", ""),
    ("/", ""),
    ("/cas/help", "lang=en&"),
    ("/cas/account", ""),
    ("/cas/account/password", ""),
    ("/cas/account/activate", ""),
];

/// The parameters of the protocol, and those that other software has for a way back.
const NAMES: [&str; 14] = [
    "service",
    "targetService",
    "TARGET",
    "url",
    "next",
    "redirect",
    "redirect_uri",
    "return",
    "returnTo",
    "continue",
    "RelayState",
    "lang",
    "",
    "service=https%3A%2F%2Fmail.univ.example%2F&url",
];

/// A server and who may come to it: nobody, somebody signed in, somebody whose password must be changed.
struct Scene {
    server: TestServer,
    cookies: [String; 3],
}

impl Scene {
    async fn start() -> Self {
        let server = TestServer::start().await;
        let held = server.browser();
        held.sign_in(CAMILLE).await;
        server.set_temporary(EMILE, PASSWORD).await;
        let stopped = server.browser();
        stopped.try_in(EMILE).await.assert_status(302);
        let cookie = |browser: &Browser| format!("Cookie: TGC={}", browser.cookie("TGC").expect("a session"));
        let cookies = ["X-Nobody: 1".to_owned(), cookie(&held), cookie(&stopped)];
        Self { server, cookies }
    }

    /// Comes to a door with an address, as whoever this cookie makes one.
    async fn come(&self, (path, before): (&str, &str), name: &str, address: &str, cookie: &str) {
        let target = format!("{path}?{before}{name}={address}");
        let answer = self.server.raw_get(&target, &[cookie]).await;
        // Where the password must be changed the way goes on with the form, which is read too.
        self.server.assert_leads_home(&answer, path, &target);
    }
}

/// The address as it may stand in a request line: whole, or with nothing encoded but what ends the line.
fn spellings(address: &str) -> [String; 2] {
    let bare = address
        .chars()
        .map(|c| match c {
            ' ' | '\t' | '\r' | '\n' | '\0'..='\x1f' => encode(&c.to_string()),
            _ => c.to_string(),
        })
        .collect();
    [encode(address), bare]
}

#[tokio::test]
async fn s05_s06_no_known_trick_leads_a_browser_anywhere_but_home_or_to_a_service() {
    let scene = Scene::start().await;

    for (number, trick) in TRICKS.iter().enumerate() {
        for (door, at) in DOORS.iter().enumerate() {
            // The three names of the protocol always, the others in turn.
            let other = NAMES[3 + (number + door) % (NAMES.len() - 3)];
            for name in ["service", "targetService", "TARGET", other] {
                let [whole, bare] = spellings(trick);
                let cookie = &scene.cookies[(number + door) % 3];
                scene.come(*at, name, &whole, cookie).await;
                if name == "service" || name == other {
                    scene.come(*at, name, &bare, &scene.cookies[number % 3]).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn s05_s06_no_noise_leads_a_browser_anywhere_but_home_or_to_a_service() {
    let scene = Scene::start().await;
    let entropy = Entropy::seeded(10);

    for _ in 0..4_000 {
        let address = noise(&entropy);
        let door = entropy.pick(&DOORS).expect("a door");
        let name = entropy.pick(&NAMES).expect("a name");
        let spelling = &spellings(&address)[entropy.below(2) as usize];
        let cookie = entropy.pick(&scene.cookies).expect("somebody");
        scene.come(*door, name, spelling, cookie).await;
    }
}

#[tokio::test]
async fn s06_no_path_leads_a_browser_anywhere_but_home() {
    let scene = Scene::start().await;

    for trick in TRICKS {
        for spelling in spellings(trick) {
            for target in [
                format!("/{spelling}"),
                format!("//{spelling}"),
                format!("/cas/{spelling}"),
                format!("/cas//{spelling}?lang=en"),
                format!("/cas/login/{spelling}"),
                format!("/cas/help/..//{spelling}"),
            ] {
                let answer = scene.server.raw_get(&target, &[]).await;
                scene.server.assert_leads_home(&answer, "/cas/", &target);
            }
        }
    }
}

#[tokio::test]
async fn s06_no_header_makes_an_address_of_this_server_that_is_not_its_own() {
    let scene = Scene::start().await;
    let headers = [
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Proto: javascript",
        "X-Forwarded-Server: evil.example",
        "X-Forwarded-Prefix: //evil.example",
        "X-Forwarded-Port: 1@evil.example",
        "Forwarded: host=evil.example;proto=https",
        "X-Original-URL: //evil.example/",
        "X-Rewrite-URL: //evil.example/",
        "X-HTTP-Method-Override: POST",
        "Referer: https://evil.example/",
        "Origin: https://evil.example",
        "Accept-Language: //evil.example",
        "Cookie: CASLANG=//evil.example; CASRECEIPT=//evil.example; CASFLOW=//evil.example; CASFORM=//evil.example",
    ];

    for header in headers {
        for path in [
            "/cas",
            "/",
            "/cas/",
            "/cas/login",
            "/cas/logout",
            "/cas/help",
            "/cas/account",
            "/cas/nothing",
        ] {
            for cookie in &scene.cookies {
                let answer = scene.server.raw_get(path, &[header, cookie]).await;
                scene.server.assert_leads_home(&answer, path, header);
                let text = format!("{}{}", answer.head, answer.body);
                assert!(!text.contains(ELSEWHERE), "{path} repeats {header}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn s05_no_form_that_is_sent_with_a_trick_leads_away() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in(STAFF).await;

    for trick in TRICKS {
        for name in ["service", "targetService", "TARGET", "url"] {
            let login = [("username", CAMILLE), ("password", PASSWORD), (name, trick)];
            let forms: [(&str, &[(&str, &str)]); 5] = [
                ("/login", &login),
                ("/login", &[("_eventId", "success"), (name, trick)]),
                ("/login", &[("_eventId", "cancel"), (name, trick)]),
                ("/logout", &[("answer", "no"), (name, trick)]),
                ("/account/password", &[("currentPassword", "x"), (name, trick)]),
            ];
            for (path, fields) in forms {
                let mut all = vec![("execution", "forged")];
                all.extend_from_slice(fields);
                let body: Vec<String> = all
                    .iter()
                    .map(|(name, value)| format!("{name}={}", encode(value)))
                    .collect();
                let cookie = format!(
                    "Cookie: TGC={}; CASFORM=a",
                    browser.cookie("TGC").expect("a session")
                );
                let headers = [cookie.as_str(), "Content-Type: application/x-www-form-urlencoded"];
                let at = format!("/cas{path}");
                let answer = server.raw_request("POST", &at, &headers, &body.join("&")).await;
                server.assert_leads_home(&answer, &at, &body.join("&"));
            }
        }
    }
}

/// The answer to a form that was filled in well, with an address besides.
async fn leads(
    server: &TestServer,
    browser: &Browser,
    path: &str,
    fields: &[(&str, &str)],
    trick: &str,
) -> String {
    let mut all = fields.to_vec();
    all.push(("service", trick));
    let reply = browser.fill(path, &all).await;
    assert!(reply.status < 500, "{trick}");
    assert!(
        !reply.location().contains(ELSEWHERE) || reply.location().starts_with("/cas/"),
        "{trick}"
    );
    let _ = server;
    reply.location().to_owned()
}

#[tokio::test]
async fn s05_the_way_back_after_a_journey_is_the_sign_in_page_or_a_service() {
    let server = TestServer::start().await;
    let trick = "https://mail.univ.example@evil.example/";

    let newcomer = server.browser();
    newcomer.claim(PENDING).await;
    leads(&server, &newcomer, ACTIVATE, &PROPOSED, trick).await;
    assert_eq!(
        leads(&server, &newcomer, ACTIVATE, &[("answer", "yes")], trick).await,
        "/cas/login"
    );
    let lost = server.browser();
    lost.prove(LOST, CODE).await.assert_status(302);
    leads(&server, &lost, RECOVER, &PROPOSED, trick).await;
    assert_eq!(
        leads(&server, &lost, RECOVER, &[("answer", "yes")], trick).await,
        "/cas/login"
    );

    // After a change of the password, the address goes to the sign-in page, which judges it.
    let staff = server.browser();
    staff.sign_in(STAFF).await;
    let fields = [
        ("currentPassword", PASSWORD),
        ("newPassword", "trois tasses de thé vert"),
        ("confirmPassword", "trois tasses de thé vert"),
    ];
    let next = leads(&server, &staff, "/account/password", &fields, trick).await;
    assert!(next.starts_with("/cas/login?service="), "{next}");
    staff.get(&next).await.assert_status(403);
    assert!(
        staff
            .get(&format!("/login?service={}", encode(MAIL_URL)))
            .await
            .ticket()
            .starts_with("ST-")
    );
}
