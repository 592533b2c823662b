//! The table of `docs/concepts/threat-model.md`: made here, and compared with what the page says.

use std::fmt::Write as _;

use chrono::Duration;
use tokio::sync::OnceCell;
use vestibule::app::App;
use vestibule::flow::limits::Try;
use vestibule::people::account::CodePolicy;

use super::assumptions::{ACCOUNTS, CODES, MANY, NEWCOMERS, listed, passwords_open};
use super::dates::{self, Attack, everybody};
use super::passwords::{insist, judged, login, spray_for};
use super::shelf::Shelf;
use super::{at, codes, on_campus, passwords};
use crate::support::TestServer;
use crate::support::server::start;

const PAGE: &str = "docs/concepts/threat-model.md";
const BEGIN: &str = "<!-- The table is made by a test, `attacks::page`, which compares it. -->\n";
const END: &str = "<!-- The end of the table. -->\n";

const YEAR: Duration = Duration::days(365);

/// An attack that goes on for a year.
#[derive(Debug, Clone)]
struct Row {
    attack: &'static str,
    from: &'static str,
    /// Guesses that are judged in a year.
    guesses: f64,
    /// How soon the log tells somebody; `None` when it never does.
    told: Option<Duration>,
    /// Accounts taken, expected.
    accounts: f64,
    /// What this must stay below.
    bound: f64,
}

static ROWS: OnceCell<Vec<Row>> = OnceCell::const_new();

async fn rows() -> &'static [Row] {
    let make = async || {
        let server = TestServer::start().await;
        let app = &server.app;
        [date_rows(app), code_rows(app), password_rows(app)].concat()
    };
    ROWS.get_or_init(make).await
}

fn date_rows(app: &App) -> Vec<Row> {
    let row = |attack, from, haul: &dates::Haul, scale: f64, bound| Row {
        attack,
        from,
        guesses: count(haul.guesses.len()) * scale,
        told: haul.told,
        accounts: haul.accounts * scale,
        bound,
    };
    let adaptive = everybody(CodePolicy::Adaptive);
    let one = dates::spray(
        app,
        Attack {
            addresses: 1,
            ..adaptive
        },
    );
    let many = dates::spray(app, adaptive);
    let always = dates::spray(app, everybody(CodePolicy::Always));
    // Nothing links two numbers or two addresses where the tide changes nothing: a tenth of both is a tenth.
    let tenth = Attack {
        addresses: MANY / 10,
        newcomers: NEWCOMERS / 10,
        ..everybody(CodePolicy::Never)
    };
    let never = dates::spray(app, tenth);
    vec![
        row(
            "birth dates, `activation.code = \"adaptive\"`",
            "1",
            &one,
            1.0,
            2.0,
        ),
        row("the same", "1,000", &many, 1.0, 6.0),
        row("birth dates, `\"always\"`", "1,000", &always, 1.0, 1e-9),
        row("birth dates, `\"never\"`", "1,000", &never, 10.0, 400.0),
    ]
}

fn code_rows(app: &App) -> Vec<Row> {
    let forms = [Try::recovery as codes::Form, Try::activation_by_code];
    let one: usize = forms
        .iter()
        .map(|form| codes::guess(app, *form, YEAR).len())
        .sum();
    let person: u32 = forms.iter().map(|form| codes::insist(app, *form, YEAR)).sum();
    let row = |attack, from, guesses: f64, told, bound| Row {
        attack,
        from,
        guesses,
        told,
        accounts: guesses / CODES,
        bound,
    };
    let many = f64::from(MANY);
    let a_day = i32::try_from(one / 2 / 365).expect("a few");
    let alarm = codes::told_after(a_day * i32::try_from(MANY).expect("a thousand"));
    vec![
        row(
            "codes, by somebody who knows all birth dates",
            "1",
            count(one),
            codes::told_after(a_day),
            1e-8,
        ),
        row("the same", "1,000", count(one) * many, alarm, 1e-5),
        row(
            "the code of one person",
            "any number",
            f64::from(person),
            None,
            1e-9,
        ),
    ]
}

fn password_rows(app: &App) -> Vec<Row> {
    let week = Duration::days(7);
    let month = Duration::days(30);
    let one = count(judged(&spray_for(app, &at(1), ACCOUNTS, week))) * 365.0 / 7.0;
    let campus = count(judged(&spray_for(
        app,
        &on_campus(),
        ACCOUNTS,
        Duration::hours(6),
    ))) * 365.0
        * 4.0;
    let share = ACCOUNTS / MANY;
    let many = count(judged(&spray_for(app, &at(1), share, month))) * f64::from(MANY) * 365.0 / 30.0;
    let first_day = count(judged(&spray_for(app, &at(1), share, Duration::days(1)))) * f64::from(MANY);
    let person = insist(app, &mut Shelf::default(), &login(1), start(), YEAR);
    let listed = count(listed().len());
    let row = |attack, from, guesses: f64, bound| Row {
        attack,
        from,
        guesses,
        told: passwords::told_after(an_hour(guesses)),
        accounts: f64::from(ACCOUNTS) * passwords_open(guesses / f64::from(ACCOUNTS), listed),
        bound,
    };
    let quiet = f64::from(passwords::untold_an_hour()) * 8_760.0;
    vec![
        row("passwords", "1", one, 4.0),
        row("passwords, so few that nobody is told", "any number", quiet, 8.0),
        row("passwords", "1, on the campus", campus, 30.0),
        row("passwords", "1,000", many, 1_500.0),
        Row {
            told: passwords::told_after(an_hour(many)),
            ..row("the same, ended within a day", "1,000", first_day, 6.0)
        },
        Row {
            attack: "the password of one person",
            accounts: passwords_open(count(person), listed),
            told: passwords::told_after(an_hour(count(person))),
            bound: 0.03,
            ..row("", "any number", count(person), 0.0)
        },
    ]
}

fn an_hour(a_year: f64) -> i32 {
    // Rounded up: 25 a day are two an hour.
    format!("{:.0}", (a_year / 8_760.0).ceil())
        .parse()
        .expect("a number")
}

fn count(guesses: usize) -> f64 {
    f64::from(u32::try_from(guesses).expect("fewer than four milliards"))
}

#[tokio::test]
async fn no_attack_takes_more_accounts_in_a_year_than_its_bound() {
    for row in rows().await {
        assert!(row.accounts < row.bound, "{row:?}");
    }
}

#[tokio::test]
async fn the_page_of_threats_says_what_the_attacks_take() {
    let path = format!("{}/{PAGE}", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(path).expect("the page is there");
    let (_, rest) = page.split_once(BEGIN).expect("the beginning of the table");
    let (stored, _) = rest.split_once(END).expect("the end of the table");

    let made = table(rows().await);
    assert_eq!(stored.trim(), made.trim(), "{PAGE} should say:\n{made}");
}

fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| what is guessed | from addresses | guesses judged in a year | told after | accounts a year, expected |\n| --- | --- | --- | --- | --- |\n",
    );
    for row in rows {
        let told = row.told.map_or("never".to_owned(), in_words);
        let (guesses, accounts) = (thousands(row.guesses), amount(row.accounts));
        writeln!(
            text,
            "| {} | {} | {guesses} | {told} | {accounts} |",
            row.attack, row.from
        )
        .expect("text");
    }
    text
}

fn in_words(passed: Duration) -> String {
    match passed.num_minutes() {
        0 => "less than a minute".to_owned(),
        minutes @ 1..=120 => format!("{minutes} min"),
        minutes => format!("{} h", minutes / 60),
    }
}

fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Two digits that count.
fn amount(accounts: f64) -> String {
    if accounts >= 100.0 {
        return thousands((accounts / 10.0).round() * 10.0);
    }
    if accounts >= 10.0 {
        return format!("{accounts:.0}");
    }
    if accounts >= 0.01 {
        return format!("{accounts:.*}", if accounts >= 1.0 { 1 } else { 2 });
    }
    if accounts <= 0.0 {
        return "0".to_owned();
    }
    let text = format!("{accounts:.1e}");
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let raised = power
        .chars()
        .filter_map(|sign| "⁻⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth("-0123456789".find(sign)?));
    format!("{digits} · 10{}", raised.collect::<String>())
}
