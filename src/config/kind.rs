//! What a value may look like: reading it from plain text, checking it, and saying so to the operator.

use std::fmt;

use ipnet::IpNet;
use toml::Value;

use super::values::{Colour, PublicUrl, read_network, read_span};

/// The shape and range of one key's value.
#[derive(Debug)]
pub enum Kind {
    /// Any text, empty for none.
    Text,
    /// The path of a file, empty for none.
    File,
    /// An absolute `http` or `https` address, empty for none.
    Address,
    /// The address of this server: scheme, host, port, path prefix.
    PublicUrl,
    /// An address to listen on: `127.0.0.1:8080`.
    Listen,
    /// A colour, `#RRGGBB`.
    Colour,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A length of time, in seconds from the first to the second.
    Span(i64, i64),
    /// A length of time as above, or `off`.
    SpanOrOff(i64, i64),
    /// A whole number from the first to the second.
    Whole(i64, i64),
    /// `true` or `false`.
    Switch,
    /// A list of networks: `10.0.0.0/8`, `2001:db8::/32`, or one address.
    Networks,
    /// A list of file paths.
    Files,
}

impl Kind {
    /// The value that `text` stands for, as the environment and the built-in defaults write it: text without quotes,
    /// list items separated by commas.
    pub fn read(&self, text: &str) -> Value {
        let text = text.trim();
        match self {
            Self::Whole(..) => text
                .parse()
                .map_or_else(|_| Value::String(text.to_owned()), Value::Integer),
            Self::Switch => text
                .parse()
                .map_or_else(|_| Value::String(text.to_owned()), Value::Boolean),
            Self::Networks | Self::Files => Value::Array(
                text.split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty())
                    .map(|item| Value::String(item.to_owned()))
                    .collect(),
            ),
            _ => Value::String(text.to_owned()),
        }
    }

    /// What is wrong with `value`, in words that follow the key's name.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        let fits = match (self, value) {
            (Self::Text | Self::File, Value::String(_)) | (Self::Switch, Value::Boolean(_)) => true,
            (Self::Address, Value::String(text)) => {
                text.is_empty() || text.starts_with("https://") || text.starts_with("http://")
            }
            (Self::PublicUrl, Value::String(text)) => {
                return PublicUrl::parse(text).map(drop).map_err(|why| why.to_string());
            }
            (Self::Listen, Value::String(text)) => text.parse::<std::net::SocketAddr>().is_ok(),
            (Self::Colour, Value::String(text)) => match Colour::parse(text) {
                Some(colour) => return colour.readable(),
                None => false,
            },
            (Self::Choice(words), Value::String(text)) => words.contains(&text.as_str()),
            (Self::SpanOrOff(..), Value::String(text)) if text == "off" => true,
            (Self::Span(least, most) | Self::SpanOrOff(least, most), Value::String(text)) => {
                read_span(text).is_some_and(|span| (*least..=*most).contains(&span.num_seconds()))
            }
            (Self::Whole(least, most), Value::Integer(number)) => (*least..=*most).contains(number),
            (Self::Networks, Value::Array(items)) => return each(items, |text| network(text).map(drop)),
            (Self::Files, Value::Array(items)) => return each(items, |_| Ok(())),
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            Err(format!("must be {self}"))
        }
    }
}

/// Runs `check` on each text of a list; anything else in it is refused.
fn each(items: &[Value], check: impl Fn(&str) -> Result<(), String>) -> Result<(), String> {
    items.iter().try_for_each(|item| match item {
        Value::String(text) => check(text),
        other => Err(format!("holds {other}, which is not text in quotes")),
    })
}

/// A network that is not the whole Internet: every key that takes networks gives them a privilege.
fn network(text: &str) -> Result<IpNet, String> {
    match read_network(text) {
        None => Err(format!(
            "holds {text:?}, which is not a network such as 10.0.0.0/8"
        )),
        Some(network) if network.prefix_len() == 0 => {
            Err(format!("holds {text}, which is every address there is"))
        }
        Some(network) => Ok(network),
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("text"),
            Self::File => f.write_str("the path of a file"),
            Self::Address => f.write_str("an address starting with https:// or http://"),
            Self::PublicUrl => f.write_str("an address such as https://sso.univ.example/cas"),
            Self::Listen => f.write_str("an address and a port such as 127.0.0.1:8080"),
            Self::Colour => f.write_str("a colour such as #1F4E79"),
            Self::Choice(words) => write!(f, "one of {}", words.join(", ")),
            Self::Span(least, most) => write!(f, "a duration from {} to {}", Span(*least), Span(*most)),
            Self::SpanOrOff(least, most) => {
                write!(f, "off, or a duration from {} to {}", Span(*least), Span(*most))
            }
            Self::Whole(least, most) => write!(f, "a whole number from {least} to {most}"),
            Self::Switch => f.write_str("true or false"),
            Self::Networks => f.write_str("a list of networks such as [\"10.0.0.0/8\"]"),
            Self::Files => f.write_str("a list of file paths"),
        }
    }
}

/// Seconds, printed as the operator writes them: `20m`, `14d`.
struct Span(i64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(86_400, 'd'), (3_600, 'h'), (60, 'm')];
        let unit = units
            .into_iter()
            .find(|(size, _)| self.0 != 0 && self.0 % size == 0);
        let (size, letter) = unit.unwrap_or((1, 's'));
        write!(f, "{}{letter}", self.0 / size)
    }
}
