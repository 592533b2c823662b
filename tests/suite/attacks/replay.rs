//! The first hours of the simulated attacks, made at a running server: it judges and refuses what the simulation says.

use chrono::{DateTime, Duration, Utc};
use vestibule::cas::request::LoginRequest;
use vestibule::flow::activate::{Claim, Claimed, claim};
use vestibule::flow::forms::Token;
use vestibule::flow::limits::Try;
use vestibule::flow::recover::{Proved, prove};
use vestibule::flow::sign_in::{Attempt, SignIn, sign_in};
use vestibule::people::account::CodePolicy;
use vestibule::people::birth_date::TypedDate;
use vestibule::people::code::CertificateCode;
use vestibule::people::file_number::{FileNumber, FileNumberFormat};
use vestibule::store::journeys::Journey;

use super::dates::{self, Attack, everybody};
use super::passwords::{self, login};
use super::{at, codes};
use crate::support::TestServer;

fn token(server: &TestServer) -> Token {
    Token {
        digest: server.app.entropy.bytes(),
        expires_at: server.now() + Duration::days(1),
    }
}

/// Moves the server's clock on.
fn wait_until(server: &TestServer, moment: DateTime<Utc>) {
    server.wait(moment - server.now());
}

#[tokio::test]
async fn the_server_judges_the_passwords_that_the_simulation_says_it_judges() {
    let server = TestServer::start().await;
    let story = passwords::spray_for(&server.app, &at(1), 12, Duration::hours(9));
    assert!(story.iter().any(|tried| !tried.judged));

    for tried in story {
        wait_until(&server, tried.at);
        let attempt = Attempt {
            request: LoginRequest::default(),
            login: login(tried.login).as_str().to_owned(),
            password: "ce n'est pas le bon".into(),
            public_computer: false,
            token: token(&server),
        };
        let judged = match sign_in(&server.app, attempt, &at(1)).await {
            Ok(SignIn::Wrong { .. }) => true,
            Ok(SignIn::Denied(_)) => false,
            other => panic!("neither wrong nor denied: {other:?}"),
        };
        assert_eq!(judged, tried.judged, "student{} at {}", tried.login, tried.at);
    }
}

async fn guess_date(server: &TestServer, number: u32, place: u32) -> Claimed {
    let number =
        FileNumber::parse(&dates::file_number(number), &FileNumberFormat::default()).expect("a number");
    let born = TypedDate::parse("1", "1", "2008", server.now().date_naive()).expect("a date");
    let claimed = Claim {
        number,
        born,
        code: None,
        token: token(server),
    };
    claim(&server.app, claimed, &at(place))
        .await
        .expect("the server answers")
}

#[tokio::test]
async fn the_server_judges_the_dates_that_the_simulation_says_it_judges_and_asks_for_the_code_after_one_more()
{
    let server = TestServer::start().await;
    let attack = Attack {
        newcomers: 40,
        opened: |_| 0.0,
        ..everybody(CodePolicy::Adaptive)
    };
    let guesses = dates::spray(&server.app, attack).guesses;
    let end = guesses[0].at + Duration::hours(23);
    let mut first_day: Vec<_> = guesses.into_iter().take_while(|guess| guess.at < end).collect();
    assert_eq!(first_day.len(), 59);

    let last = first_day.pop().expect("a guess");
    for guess in &first_day {
        wait_until(&server, guess.at);
        let answer = guess_date(&server, guess.number, guess.place).await;
        assert!(
            matches!(answer, Claimed::NoMatch),
            "{} at {}",
            guess.number,
            guess.at
        );
    }
    wait_until(&server, last.at);
    for place in [last.place, 5_000] {
        let answer = guess_date(&server, last.number, place).await;
        assert!(matches!(answer, Claimed::NoMatch));
    }
    let answer = guess_date(&server, last.number, 5_001).await;
    assert!(matches!(answer, Claimed::CodeNeeded));
}

#[tokio::test]
async fn the_server_judges_the_codes_that_the_simulation_says_it_judges() {
    let server = TestServer::start().await;
    let code = CertificateCode::parse("22222-22222").expect("a code");
    let guess = async |number: usize| {
        let journey = Journey {
            digest: server.app.entropy.bytes(),
            kind: "recovery".into(),
            step: "code".into(),
            person: None,
            typed: number.to_be_bytes().to_vec(),
            details: "{}".into(),
            sheet: None,
            expires_at: server.now() + Duration::minutes(30),
        };
        let proved = prove(&server.app, &journey, &code, token(&server), &at(1)).await;
        proved.expect("the server answers")
    };
    let story = codes::guess(&server.app, Try::recovery, Duration::days(2));
    assert_eq!(story.len(), 40);

    for (number, moment) in story.into_iter().enumerate() {
        wait_until(&server, moment);
        assert_eq!(guess(number).await, Proved::NoMatch, "code {number}");
    }
    assert!(matches!(guess(99).await, Proved::Denied(_)));
}
