//! `vestibule user …`: one account.

use secrecy::ExposeSecret;

use super::arguments::{CreateUser, UserCommand, UserKind};
use super::{Done, Failure, Outcome, Surroundings, open};
use crate::app::App;
use crate::config::Config;
use crate::flow::operate::{self, Act, NewAccount, PasswordFrom, Shown};
use crate::people::account::Kind;
use crate::people::names::Names;
use crate::people::naming::Login;

pub(super) fn run(command: UserCommand, config: Config, around: &mut Surroundings) -> Outcome {
    let app = open::app(config, around)?;
    match command {
        UserCommand::Create(asked) => create(&app, asked, around),
        UserCommand::Show { login, json } => show(&app, &login, json, around),
        UserCommand::Lock { login } => lock(&app, &login, around),
        UserCommand::Unlock { login } => unlock(&app, &login, around),
        UserCommand::SignOut { login } => sign_out(&app, &login, around),
        UserCommand::NewCode { login } => new_code(&app, &login, around),
    }
}

fn create(app: &App, asked: CreateUser, around: &mut Surroundings) -> Outcome {
    let password = if asked.password_stdin {
        PasswordFrom::Operator(around.console.line()?.as_str().into())
    } else {
        PasswordFrom::Server
    };
    let name = asked.name.unwrap_or_else(|| asked.login.clone());
    let asked = NewAccount {
        names: Names::new(asked.given.trim(), name.trim()),
        kind: match asked.kind {
            UserKind::Staff => Kind::Staff,
            UserKind::Student => Kind::Student,
        },
        login: asked.login,
        mail: asked.mail,
        reference: asked.reference,
        password,
    };
    let scene = around.scene();
    let created = open::block_on(operate::create(app, asked, &scene))???;
    around
        .console
        .say(&format!("made: {}, mail {}", created.login, created.mail));
    if let Some(password) = &created.password {
        around.console.say("the password, shown this once:");
        around.console.data(password.expose_secret())?;
        around.console.data("\n")?;
    }
    Ok(Done::All)
}

fn show(app: &App, login: &str, json: bool, around: &mut Surroundings) -> Outcome {
    let shown = open::block_on(operate::show(app, &typed(login)?))??.ok_or_else(|| unknown(login))?;
    if json {
        around.console.json(&shown)?;
    } else {
        around.console.data(&lines(&shown))?;
    }
    Ok(Done::All)
}

fn lines(shown: &Shown) -> String {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    let has_code = if shown.has_code { "in force" } else { "none" };
    let lines = [
        ("login", shown.login.clone()),
        ("name", shown.name.clone()),
        ("kind", shown.kind.clone()),
        ("number", shown.reference.clone()),
        ("mail", shown.mail.clone()),
        ("standing", shown.standing.clone()),
        ("password", or_none(&shown.password)),
        ("  since", or_none(&shown.password_since)),
        ("activated", or_none(&shown.activated_at)),
        ("last sign-in", or_none(&shown.last_login_at)),
        ("rights end", or_none(&shown.rights_end)),
        ("sessions", shown.sessions.to_string()),
        ("code", has_code.to_owned()),
    ];
    lines
        .map(|(name, value)| format!("{name:<13} {value}\n"))
        .concat()
}

fn lock(app: &App, login: &str, around: &mut Surroundings) -> Outcome {
    let scene = around.scene();
    match open::block_on(operate::lock(app, &typed(login)?, &scene))?? {
        Act::Done(ended) => around
            .console
            .say(&format!("suspended: {login}; sessions ended: {ended}")),
        Act::Already => around.console.say(&format!("{login} was suspended already")),
        Act::Closed => return Err(closed(login)),
        Act::Unknown => return Err(unknown(login)),
    }
    Ok(Done::All)
}

fn unlock(app: &App, login: &str, around: &mut Surroundings) -> Outcome {
    let scene = around.scene();
    match open::block_on(operate::unlock(app, &typed(login)?, &scene))?? {
        Act::Done(standing) => around.console.say(&format!("{standing} again: {login}")),
        Act::Already => around.console.say(&format!("{login} was not suspended")),
        Act::Closed => return Err(closed(login)),
        Act::Unknown => return Err(unknown(login)),
    }
    Ok(Done::All)
}

fn sign_out(app: &App, login: &str, around: &mut Surroundings) -> Outcome {
    let scene = around.scene();
    match open::block_on(operate::sign_out(app, &typed(login)?, &scene))?? {
        Act::Done(ended) => around
            .console
            .say(&format!("signed out: {login}; sessions ended: {ended}")),
        Act::Already => {}
        Act::Closed => return Err(closed(login)),
        Act::Unknown => return Err(unknown(login)),
    }
    Ok(Done::All)
}

fn new_code(app: &App, login: &str, around: &mut Surroundings) -> Outcome {
    let scene = around.scene();
    let code = match open::block_on(operate::new_code(app, &typed(login)?, &scene))?? {
        Act::Done(code) => code,
        Act::Closed => return Err(closed(login)),
        Act::Already | Act::Unknown => return Err(unknown(login)),
    };
    around.console.say(&format!(
        "the new code of {login}, shown this once; the former one is void:"
    ));
    around.console.data(&format!("{code}\n"))?;
    Ok(Done::All)
}

pub(super) fn typed(login: &str) -> Result<Login, Failure> {
    Login::typed(login).ok_or_else(|| unknown(login))
}

pub(super) fn unknown(login: &str) -> Failure {
    // What was typed may hold anything, and this line goes to a terminal.
    Failure::line(format!("nobody has the login {}", login.escape_debug()))
}

fn closed(login: &str) -> Failure {
    Failure::line(format!("the account {} is closed", login.escape_debug()))
}
