//! A command on its way: what is asked, where, and how the answer is read.

use redis::{Arg, Cmd, FromRedisValue, RedisError, ToRedisArgs, Value, cmd, from_redis_value};

use super::scripts::Script;

/// A command, and the key that says which server it is for.
pub struct Ask {
    /// The key.
    pub key: Vec<u8>,
    command: Cmd,
    script: Option<&'static Script>,
}

impl Ask {
    /// The command `name` about `key`.
    pub fn command(name: &str, key: impl Into<Vec<u8>>) -> Self {
        let key = key.into();
        let mut command = cmd(name);
        command.arg(&key);
        Self {
            key,
            command,
            script: None,
        }
    }

    /// A script on keys of one slot.
    pub fn script(script: &'static Script, keys: &[String]) -> Self {
        let mut command = cmd("EVALSHA");
        command.arg(script.hash.as_str()).arg(keys.len()).arg(keys);
        Self {
            key: keys.first().cloned().unwrap_or_default().into_bytes(),
            command,
            script: Some(script),
        }
    }

    /// A command that names no key, for the server that has `key`.
    pub fn beside(name: &str, key: impl Into<Vec<u8>>) -> Self {
        Self {
            key: key.into(),
            command: cmd(name),
            script: None,
        }
    }

    /// The same with one argument more, or several.
    pub fn arg(mut self, arg: impl ToRedisArgs) -> Self {
        self.command.arg(arg);
        self
    }

    /// Whether it can be sent with the whole text of a script, to a server that does not know it yet.
    pub fn has_text(&self) -> bool {
        self.script.is_some()
    }

    /// Appends it as it is sent.
    pub fn write(&self, to: &mut Vec<u8>) {
        self.command.write_packed_command(to);
    }

    /// Appends it with the whole text of its script.
    pub fn write_whole(&self, to: &mut Vec<u8>) {
        let Some(script) = self.script else {
            return self.write(to);
        };
        let mut whole = cmd("EVAL");
        whole.arg(script.source.as_str());
        for arg in self.command.args_iter().skip(2) {
            if let Arg::Simple(bytes) = arg {
                whole.arg(bytes);
            }
        }
        whole.write_packed_command(to);
    }
}

/// Reads an answer.
///
/// # Errors
/// When it is of another kind.
pub fn read<T: FromRedisValue>(value: Value) -> Result<T, String> {
    from_redis_value(value).map_err(|_| "it answered something else than was asked".to_owned())
}

/// What a server, or the way to it, said, in one line.
pub fn words(error: &RedisError) -> String {
    use redis::ErrorKind;
    let said = match error.kind() {
        ErrorKind::AuthenticationFailed => "the user or the password is refused".into(),
        ErrorKind::Parse => "what answers there is no Redis".into(),
        ErrorKind::Io if error.is_timeout() => "it does not answer".into(),
        ErrorKind::Server(_) | ErrorKind::Extension => match (error.code(), error.detail()) {
            (Some(code), Some(detail)) => format!("{code} {detail}"),
            (code, detail) => code.or(detail).unwrap_or("it refuses").to_owned(),
        },
        _ => error.to_string(),
    };
    line(&said)
}

/// The beginning of a text, as one line.
pub fn line(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    first.chars().filter(|c| !c.is_control()).take(200).collect()
}
