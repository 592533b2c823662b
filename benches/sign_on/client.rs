//! An HTTP/1.1 connection that costs the machine next to nothing, so that the figures are the server's.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that is kept.
pub struct Connection {
    stream: TcpStream,
    port: u16,
    buffer: Vec<u8>,
}

/// An answer.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// The ticket in the `Location`.
    pub fn ticket(&self) -> String {
        let (_, rest) = self
            .head
            .split_once("ticket=")
            .unwrap_or_else(|| panic!("no ticket: {}", self.head));
        rest.split(['\r', '#']).next().unwrap_or_default().to_owned()
    }
}

impl Connection {
    pub async fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port))
            .await
            .expect("the server listens");
        stream.set_nodelay(true).expect("a socket option");
        Self {
            stream,
            port,
            buffer: Vec::new(),
        }
    }

    pub async fn get(&mut self, path: &str, cookies: &str) -> Answer {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nCookie: {cookies}\r\n\r\n",
            self.port
        );
        self.exchange(&request).await
    }

    pub async fn post(&mut self, path: &str, cookies: &str, body: &str) -> Answer {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost:{}\r\nCookie: {cookies}\r\nContent-Type: \
             application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        );
        self.exchange(&request).await
    }

    async fn exchange(&mut self, request: &str) -> Answer {
        self.stream
            .write_all(request.as_bytes())
            .await
            .expect("the server reads");
        self.buffer.clear();
        loop {
            assert_ne!(
                self.stream
                    .read_buf(&mut self.buffer)
                    .await
                    .expect("the server answers"),
                0,
                "connection closed"
            );
            let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let head = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
            let length = header(&head, "content-length")
                .and_then(|text| text.parse().ok())
                .unwrap_or(0);
            if self.buffer.len() >= end + 4 + length {
                let status = head
                    .split(' ')
                    .nth(1)
                    .and_then(|text| text.parse().ok())
                    .unwrap_or(0);
                let body = String::from_utf8_lossy(&self.buffer[end + 4..]).into_owned();
                return Answer {
                    status,
                    head: format!("{head}\r\n"),
                    body,
                };
            }
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

/// The cookie of this name as a `Cookie` header wants it.
pub fn cookie(head: &str, name: &str) -> String {
    head.split(['\n', ' ', ';'])
        .find(|part| part.starts_with(&format!("{name}=")) && part.len() > name.len() + 1)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// The value of a hidden field.
pub fn field(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .expect("the form has the field");
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// Percent-encodes everything but letters and digits.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
