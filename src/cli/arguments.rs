//! What may be written on the command line.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::audit::AuditCommand;
use super::conformance::{CheckServer, Tabulate};
use super::database::DatabaseCommand;

use crate::config::read_span;
use crate::store::outbox::Outcome;

/// A CAS single sign-on server for a university's digital workspace.
///
/// Exit codes: 0 done; 1 not done, and one line on standard error says why; 2 done, but rows of a roster were refused, or
/// a copied database is not equal to its source.
#[derive(Debug, Parser)]
#[command(name = "vestibule", version, max_term_width = 100)]
pub struct Arguments {
    /// The configuration file. Without it, `vestibule.toml` of the working directory if there is one, else the
    /// built-in values.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write an annotated configuration and a fresh key; neither replaces a file that exists.
    Init(Init),
    /// Check the configuration, the keys, the database and the registered services, and report all that is wrong.
    /// Nothing is changed: what `serve` would make or migrate is told.
    Check,
    /// Run the server.
    Serve,
    /// Run the server on a throw-away database with invented people and four sample services.
    Demo(Demo),
    /// List and change the registered services.
    #[command(subcommand)]
    Service(ServiceCommand),
    /// Find out what became of a ticket.
    #[command(subcommand)]
    Ticket(TicketCommand),
    /// Compare a roster with the people known, and import it with `--apply`.
    Import(Import),
    /// Write the roster of an invented university: the same file for the same numbers.
    DemoRoster(DemoRoster),
    /// Show and change one account.
    #[command(subcommand)]
    User(UserCommand),
    /// Read the ledger of single logout, and send again what was given up.
    #[command(subcommand)]
    Logout(LogoutCommand),
    /// Verify the audit, and take it out.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Move everything to another database.
    #[command(subcommand)]
    Database(DatabaseCommand),
    /// Let the birth date alone open accounts again, after activation closed itself under attack.
    ReopenActivation,
    /// About the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Check any CAS server from outside, clause by clause of the protocol.
    ///
    /// One line for each clause: pass; fail, with what was expected and what came; not offered; not tried, with the
    /// reason. Exit codes: 0 no clause failed, 1 some did, 2 nothing could be checked.
    Conformance(Box<CheckServer>),
    /// Write the reports of several servers (`conformance --json`) side by side as Markdown.
    ConformanceTable(Tabulate),
    /// Print the reference of the commands.
    #[command(hide = true)]
    Commands,
}

/// `vestibule init`
#[derive(Debug, Args)]
pub struct Init {
    /// The folder to write to, made if it is not there.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub dir: PathBuf,
}

/// `vestibule demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// The port of the server; the sample services take the four after it.
    #[arg(long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..=65_531))]
    pub port: u16,
    /// How many students there are.
    #[arg(long, default_value_t = 2_000, value_name = "NUMBER")]
    pub people: usize,
    /// Another number invents other people.
    #[arg(long, default_value_t = 42, value_name = "NUMBER")]
    pub seed: u64,
}

/// `vestibule service …`
#[derive(Debug, Subcommand)]
pub enum ServiceCommand {
    /// Register one service.
    Add(Box<AddService>),
    /// List the registered services: key, French name and address, separated by tabs.
    List {
        /// Write the whole definitions as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show one definition, as `import` reads it.
    Show {
        /// The service's key.
        key: String,
        /// Write JSON instead of TOML.
        #[arg(long)]
        json: bool,
    },
    /// Remove one service.
    Remove {
        /// The service's key.
        key: String,
    },
    /// Say which service an address belongs to or, when to none, which is nearest and what differs first. Exit code 1
    /// when it belongs to none that is enabled.
    Explain {
        /// The address, as the application sends it.
        url: String,
    },
    /// Compare definitions with the services registered, and register them with `--apply`, all or none; those with a
    /// known key are redefined. Reads every `[[service]]` of a TOML file, or the definitions of Apereo CAS, which
    /// become rules that let nobody else in: what is narrowed or not taken is reported, file by file. Exit code 2
    /// when a definition is not taken.
    Import {
        /// A TOML file, a definition of Apereo (`.json`, `.yml`, `.yaml`), or a folder of such definitions.
        path: PathBuf,
        /// Register them. Without it, only the report is made.
        #[arg(long)]
        apply: bool,
    },
}

/// `vestibule ticket …`
#[derive(Debug, Subcommand)]
pub enum TicketCommand {
    /// Tell the story of a ticket: who asked for it, for what, who presented it after how long, how the two compare
    /// and what was answered, with the first difference marked `>>`. Exit code 1 when there is no such ticket.
    Explain {
        /// The trace number at the end of a refusal's text: fourteen digits, 0-9 and a-f.
        trace: String,
    },
}

/// `vestibule service add`
#[derive(Debug, Args)]
pub struct AddService {
    /// Read the definition from a TOML file instead of the options below.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["key", "name_fr", "name_en", "url"])]
    pub from: Option<PathBuf>,
    /// Redefine the service if it is registered already.
    #[arg(long)]
    pub replace: bool,
    /// Its short name, which never changes: lower-case letters, digits and hyphens.
    #[arg(long, required_unless_present = "from")]
    pub key: Option<String>,
    /// What people call it, in French.
    #[arg(long, value_name = "TEXT", required_unless_present = "from")]
    pub name_fr: Option<String>,
    /// What people call it, in English.
    #[arg(long, value_name = "TEXT", required_unless_present = "from")]
    pub name_en: Option<String>,
    /// Where it is: scheme, host (a first label `*` stands for any one) and the beginning of the path.
    #[arg(long, required_unless_present = "from")]
    pub url: Option<String>,
    /// Another address of it. May be repeated.
    #[arg(long, value_name = "URL")]
    pub alias: Vec<String>,
    /// The attributes it is told besides the login, separated by commas; `supannEtuId=numero` renames one.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub release: Vec<String>,
    /// The attribute it takes for the user's name, when that is not the login.
    #[arg(long, value_name = "NAME")]
    pub username_attribute: Option<String>,
    /// How it learns that a session ended.
    #[arg(long, value_enum, default_value_t = Logout::BackChannel)]
    pub logout: Logout,
    /// Show it on the home page with this address.
    #[arg(long, value_name = "URL")]
    pub tile: Option<String>,
    /// Open it to people of this affiliation alone. May be repeated.
    #[arg(long, value_name = "WORD")]
    pub affiliation: Vec<String>,
}

/// How a service learns that a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Logout {
    /// Not at all.
    None,
    /// The server calls it.
    BackChannel,
    /// The browser calls it.
    FrontChannel,
}

/// `vestibule import`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line are")]
pub struct Import {
    /// The roster: CSV in UTF-8, UTF-16 or Windows-1252.
    pub roster: PathBuf,
    /// Write the import. Without it, only the report is made.
    #[arg(long)]
    pub apply: bool,
    /// The roster holds everybody: those missing are leaving. Refused when they are too many.
    #[arg(long)]
    pub complete: bool,
    /// Believe a complete roster however many are missing.
    #[arg(long, requires = "complete")]
    pub force: bool,
    /// Write the refused rows to this file (CSV) rather than to standard output.
    #[arg(long, value_name = "FILE")]
    pub errors: Option<PathBuf>,
    /// Write the new certificate codes to this file, readable by its owner alone. With `--apply`; without this option
    /// the file is called `codes-` and the time, in the working directory. It never replaces a file.
    #[arg(long, value_name = "FILE", requires = "apply")]
    pub codes: Option<PathBuf>,
    /// What separates several given names in one cell.
    #[arg(long, value_enum, default_value_t = GivenNames::Commas)]
    pub given_names: GivenNames,
    /// Write the report as JSON to standard output.
    #[arg(long)]
    pub json: bool,
}

/// What separates several given names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GivenNames {
    /// Commas: `Ana María` is one given name.
    Commas,
    /// Spaces: `Ana María` are two.
    Spaces,
}

/// `vestibule demo-roster`
#[derive(Debug, Args)]
pub struct DemoRoster {
    /// How many students.
    #[arg(long, default_value_t = 2_000, value_name = "NUMBER")]
    pub n: usize,
    /// Another number invents other people.
    #[arg(long, default_value_t = 42, value_name = "NUMBER")]
    pub seed: u64,
    /// The civil year in which the academic year begins; that of today if it is left out.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1990..2200))]
    pub year: Option<u16>,
    /// The file to write; standard output if it is left out.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The encoding.
    #[arg(long, value_enum, default_value_t = Encoding::Utf8)]
    pub encoding: Encoding,
    /// The separator: `;`, `,` or `tab`.
    #[arg(long, default_value = ";", value_parser = separator)]
    pub sep: char,
    /// Put in the faults that real files have.
    #[arg(long)]
    pub dirty: bool,
}

/// The encoding of an invented roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-8 with a byte order mark, as Excel writes it.
    Utf8Bom,
    /// Windows-1252; letters that it lacks lose their accents.
    Cp1252,
}

fn separator(text: &str) -> Result<char, &'static str> {
    match text {
        ";" => Ok(';'),
        "," => Ok(','),
        "tab" | "\t" => Ok('\t'),
        _ => Err("one of ; , tab"),
    }
}

/// `vestibule user …`
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make an active account. The password is printed once on standard output, unless it is given.
    Create(CreateUser),
    /// Show an account: never its password, birth date or code.
    Show {
        /// The login or the mail address.
        login: String,
        /// Write JSON.
        #[arg(long)]
        json: bool,
    },
    /// Suspend an account and end its sessions everywhere.
    Lock {
        /// The login or the mail address.
        login: String,
    },
    /// Make a suspended account usable again.
    Unlock {
        /// The login or the mail address.
        login: String,
    },
    /// End every session of an account, everywhere.
    SignOut {
        /// The login or the mail address.
        login: String,
    },
    /// Issue a new code, printed once on standard output; the one in force is revoked.
    NewCode {
        /// The login or the mail address.
        login: String,
    },
}

/// `vestibule user create`
#[derive(Debug, Args)]
pub struct CreateUser {
    /// The login: a-z, 0-9, `.`, `_`, `-`, starting with a letter. It never changes.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub login: String,
    /// The given name.
    #[arg(long, value_name = "NAME", default_value = "")]
    pub given: String,
    /// The surname; the login if it is left out.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub name: Option<String>,
    /// What the person is.
    #[arg(long, value_enum, default_value_t = UserKind::Staff)]
    pub kind: UserKind,
    /// The mail address; made from the name if it is left out.
    #[arg(long, value_name = "ADDRESS")]
    pub mail: Option<String>,
    /// The file or staff number.
    #[arg(long, value_name = "NUMBER", value_parser = NonEmptyStringValueParser::new())]
    pub reference: Option<String>,
    /// Read the password from the first line of standard input.
    #[arg(long)]
    pub password_stdin: bool,
}

/// What a person is to the university.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UserKind {
    /// Employed.
    Staff,
    /// Enrolled.
    Student,
}

/// `vestibule logout …`
#[derive(Debug, Subcommand)]
pub enum LogoutCommand {
    /// List sign-out messages, newest first: when the session ended, the service, the login, the address without its
    /// query, the state (`pending`, `received`, `answered`, `failed`, `front`, `unsupported`), the tries, the last HTTP
    /// status and how long it took to come. Never the ticket.
    List(ListMessages),
    /// Send failed messages again: at once, and for as long as any new one. Only messages that were given up; a server
    /// that runs notices within a second.
    Retry(RetryMessages),
}

/// `vestibule logout list`
#[derive(Debug, Args)]
pub struct ListMessages {
    /// Only those to this service.
    #[arg(long, value_name = "KEY")]
    pub service: Option<String>,
    /// Only those about this person: the login or the mail address.
    #[arg(long, value_name = "LOGIN")]
    pub user: Option<String>,
    /// Only those that were given up.
    #[arg(long, conflicts_with = "pending")]
    pub failed: bool,
    /// Only those that wait for an answer or the next try.
    #[arg(long)]
    pub pending: bool,
    /// Only those of the last `30m`, `2h` or `3d`.
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub since: Option<chrono::Duration>,
    /// How many at most.
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..))]
    pub limit: i64,
    /// Write JSON.
    #[arg(long)]
    pub json: bool,
}

impl ListMessages {
    /// The state asked for.
    pub fn state(&self) -> Option<Outcome> {
        match (self.failed, self.pending) {
            (true, _) => Some(Outcome::Failed),
            (_, true) => Some(Outcome::Pending),
            _ => None,
        }
    }
}

/// `vestibule logout retry`
#[derive(Debug, Args)]
pub struct RetryMessages {
    /// The message, as `list` names it.
    #[arg(required_unless_present = "failed", conflicts_with_all = ["failed", "service"])]
    pub id: Option<String>,
    /// All that were given up.
    #[arg(long)]
    pub failed: bool,
    /// Of those, the ones to this service.
    #[arg(long, value_name = "KEY", requires = "failed")]
    pub service: Option<String>,
}

fn span(text: &str) -> Result<chrono::Duration, &'static str> {
    read_span(text).ok_or("a number with s, m, h or d behind it")
}

/// `vestibule config …`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the reference of the configuration.
    Reference,
}
