//! An HTTP/1.1 connection that costs the machine next to nothing, and that takes no answer for an answer.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The login of a person.
pub fn login(number: usize) -> String {
    format!("person{number}")
}

/// A connection that is kept, of somebody with an address of their own.
pub struct Connection {
    stream: TcpStream,
    head: String,
}

/// An answer.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Connection {
    /// A connection for the person of this number.
    pub async fn open(port: u16, person: usize) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let head = format!(
            "Host: localhost:{port}\r\nX-Forwarded-For: 10.0.{}.{}\r\n",
            person / 256,
            person % 256
        );
        Ok(Self { stream, head })
    }

    pub async fn get(&mut self, path: &str, cookies: &str) -> io::Result<Answer> {
        let request = format!("GET {path} HTTP/1.1\r\n{}Cookie: {cookies}\r\n\r\n", self.head);
        self.exchange(&request).await
    }

    pub async fn post(&mut self, path: &str, cookies: &str, body: &str) -> io::Result<Answer> {
        let request = format!(
            "POST {path} HTTP/1.1\r\n{}Cookie: {cookies}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.head,
            body.len()
        );
        self.exchange(&request).await
    }

    async fn exchange(&mut self, request: &str) -> io::Result<Answer> {
        self.stream.write_all(request.as_bytes()).await?;
        let mut read = Vec::new();
        loop {
            if self.stream.read_buf(&mut read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let head = String::from_utf8_lossy(&read[..end]).into_owned();
            let length = header(&head, "content-length").and_then(|text| text.parse().ok());
            if read.len() >= end + 4 + length.unwrap_or(0) {
                let status = head.split(' ').nth(1).and_then(|text| text.parse().ok());
                return Ok(Answer {
                    status: status.unwrap_or(0),
                    body: String::from_utf8_lossy(&read[end + 4..]).into_owned(),
                    head,
                });
            }
        }
    }
}

impl Answer {
    /// The ticket in the `Location`.
    pub fn ticket(&self) -> Option<&str> {
        header(&self.head, "location")?
            .split_once("ticket=")
            .map(|(_, ticket)| ticket)
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }

    /// The cookie of this name as a `Cookie` header wants it.
    pub fn cookie(&self, name: &str) -> String {
        let parts = self.head.split(['\n', ' ', ';']);
        let mut named =
            parts.filter(|part| part.starts_with(&format!("{name}=")) && part.len() > name.len() + 1);
        named.next().unwrap_or_default().trim().to_owned()
    }

    /// The value of a hidden field.
    pub fn field(&self, name: &str) -> &str {
        let rest = self.body.split_once(&format!("name=\"{name}\" value=\""));
        rest.and_then(|(_, rest)| rest.split('"').next())
            .unwrap_or_default()
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

/// Percent-encodes everything but letters and digits.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
