//! A request's parameters, decoded exactly once: which of two values counts, and when two are one too many.

mod json;

use std::fmt;

use zeroize::Zeroizing;

use super::percent;

const MOST_PAIRS: usize = 100;

/// What `/login` never takes from the address line, where proxies and histories keep it ([P-6]).
const BODY_ONLY: [&str; 4] = ["username", "password", "execution", "rememberMe"];

/// What may stand once in an address line ([P-5]).
const PROTOCOL: [&str; 10] = [
    "service",
    "ticket",
    "targetService",
    "pgt",
    "pgtUrl",
    "renew",
    "gateway",
    "method",
    "TARGET",
    "SAMLart",
];

/// Where an address is read from; its two copies must not contradict each other ([P-4]).
const ADDRESSES: [&str; 3] = ["service", "targetService", "TARGET"];

/// A request that cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MalformedParameters {
    /// More than 100 pairs in the query and the body together.
    #[error("more than 100 parameters")]
    TooMany,
    /// A `%` without two hexadecimal digits.
    #[error("a percent sign is not followed by two hexadecimal digits")]
    Escape,
    /// Bytes that are not UTF-8.
    #[error("a parameter is not UTF-8")]
    Encoding,
    /// A NUL character.
    #[error("a parameter contains NUL")]
    Nul,
    /// A body that should be a JSON object of texts and is not.
    #[error("the body is not a JSON object of texts")]
    Json,
}

/// A parameter that was given twice, or with two values that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the parameter {name} was given more than once")]
pub struct Duplicate {
    /// The name of the parameter, one of this program's own.
    pub name: &'static str,
}

/// The decoded pairs of a query string and, for a POST, of a form.
#[derive(Clone, Default)]
pub struct Parameters {
    query: Vec<Pair>,
    body: Vec<Pair>,
}

#[derive(Clone)]
struct Pair {
    name: String,
    // A password may be in here: wiped when dropped.
    value: Zeroizing<String>,
}

impl Parameters {
    /// Decodes a query string (without its `?`) and the body of a form.
    pub fn parse(query: &[u8], body: Option<&[u8]>) -> Result<Self, MalformedParameters> {
        let query = pairs(query)?;
        let body = pairs(body.unwrap_or_default())?;
        if query.len() + body.len() > MOST_PAIRS {
            return Err(MalformedParameters::TooMany);
        }
        Ok(Self { query, body })
    }

    /// The value of `name`; blank is absent ([P-7]). The body wins over the query ([P-4]); what must not be read
    /// from an address line is read from the body alone ([P-6]).
    pub fn one(&self, name: &'static str) -> Result<Option<&str>, Duplicate> {
        let body = single(&self.body, name)?;
        if BODY_ONLY.contains(&name) {
            return Ok(body);
        }
        let query = single(&self.query, name)?;
        if ADDRESSES.contains(&name) && body.is_some() && query.is_some() && body != query {
            return Err(Duplicate { name });
        }
        Ok(body.or(query))
    }

    /// The value of the first of `names` that has one.
    pub fn first(&self, names: &[&'static str]) -> Result<Option<(&'static str, &str)>, Duplicate> {
        for &name in names {
            if let Some(value) = self.one(name)? {
                return Ok(Some((name, value)));
            }
        }
        Ok(None)
    }

    /// Whether the flag `name` is set: present, not blank and not `false` in any case. Clients in the field send
    /// `true`, `True`, `1` and `on`, and one sends `renew=false` each time.
    pub fn flag(&self, name: &'static str) -> Result<bool, Duplicate> {
        Ok(self
            .one(name)?
            .is_some_and(|value| !value.trim().eq_ignore_ascii_case("false")))
    }

    /// Refuses a protocol parameter that stands twice in the query, whether or not it is going to be read
    /// ([P-5]).
    pub fn refuse_repeats(&self) -> Result<(), Duplicate> {
        PROTOCOL
            .iter()
            .try_for_each(|name| single(&self.query, name).map(|_| ()))
    }
}

/// Names only: values may be passwords and tickets.
impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.query.iter().chain(&self.body).map(|pair| &pair.name))
            .finish()
    }
}

fn single<'a>(pairs: &'a [Pair], name: &'static str) -> Result<Option<&'a str>, Duplicate> {
    let mut values = pairs.iter().filter(|pair| pair.name == name);
    let first = values.next();
    if values.next().is_some() {
        return Err(Duplicate { name });
    }
    Ok(first
        .map(|pair| pair.value.as_str())
        .filter(|value| !value.trim().is_empty()))
}

fn pairs(text: &[u8]) -> Result<Vec<Pair>, MalformedParameters> {
    let items = || text.split(|&byte| byte == b'&').filter(|item| !item.is_empty());
    if items().nth(MOST_PAIRS).is_some() {
        return Err(MalformedParameters::TooMany);
    }
    items().map(pair).collect()
}

fn pair(item: &[u8]) -> Result<Pair, MalformedParameters> {
    let equals = item.iter().position(|&byte| byte == b'=');
    let (name, value) = match equals {
        Some(at) => (&item[..at], &item[at + 1..]),
        None => (item, &item[item.len()..]),
    };
    Ok(Pair {
        name: decode(name)?,
        value: Zeroizing::new(decode(value)?),
    })
}

fn decode(encoded: &[u8]) -> Result<String, MalformedParameters> {
    if !percent::is_well_formed(encoded) {
        return Err(MalformedParameters::Escape);
    }
    // Room for all of it at once, or a password would leave copies behind as the text grows.
    let mut bytes = Vec::with_capacity(encoded.len());
    bytes.extend(percent::form_decoded(encoded));
    if bytes.contains(&0) {
        return Err(MalformedParameters::Nul);
    }
    String::from_utf8(bytes).map_err(|_| MalformedParameters::Encoding)
}

#[cfg(test)]
mod tests;
