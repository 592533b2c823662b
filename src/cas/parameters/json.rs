//! A JSON object read as if it were a form.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use super::{MOST_PAIRS, MalformedParameters, Pair, Parameters};

impl Parameters {
    /// Reads an object whose values are texts or `true` and `false`; `null` is absent. What has any other value
    /// belongs to no parameter of ours and is left out, unless it is named like one: then nobody means well.
    pub fn from_json(body: &[u8]) -> Result<Self, MalformedParameters> {
        let Object(body) = serde_json::from_slice(body).map_err(|_| MalformedParameters::Json)?;
        if body.len() > MOST_PAIRS {
            return Err(MalformedParameters::TooMany);
        }
        if body
            .iter()
            .any(|pair| pair.name.contains('\0') || pair.value.contains('\0'))
        {
            return Err(MalformedParameters::Nul);
        }
        Ok(Self {
            query: Vec::new(),
            body,
        })
    }
}

/// What a program may send in JSON.
const KNOWN: [&str; 6] = ["username", "password", "service", "TARGET", "renew", "rememberMe"];

/// The pairs in their order, repeated names included: which of two counts is not for a parser to decide.
struct Object(Vec<Pair>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Pairs).map(Self)
    }
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Vec<Pair>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            match map.next_value::<Value>()? {
                Value::Text(value) => pairs.push(Pair { name, value }),
                Value::Other if KNOWN.contains(&name.as_str()) => {
                    return Err(de::Error::custom("a text is expected"));
                }
                Value::Absent | Value::Other => {}
            }
            if pairs.len() > MOST_PAIRS {
                break;
            }
        }
        Ok(pairs)
    }
}

enum Value {
    Text(Zeroizing<String>),
    Absent,
    Other,
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(One)
    }
}

struct One;

impl<'de> Visitor<'de> for One {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(Zeroizing::new(text.to_owned())))
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Text(Zeroizing::new(flag.to_string())))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Absent)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        while items.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }
}
