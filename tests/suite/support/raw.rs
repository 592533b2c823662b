//! A connection without an HTTP library: what scripts, old clients and attackers send, and what comes back, byte for byte.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::TestServer;

/// An answer as it came over the wire.
#[derive(Debug)]
pub struct Exchange {
    /// The status line and the header lines.
    pub head: String,
    /// What follows the empty line.
    pub body: String,
}

impl Exchange {
    pub fn status(&self) -> u16 {
        let code = self.head.split(' ').nth(1).unwrap_or_default();
        code.parse()
            .unwrap_or_else(|_| panic!("no status in {:?}", self.head))
    }

    /// The value of a header line whose name is spelt exactly so.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// The names of all header lines, as spelt.
    pub fn names(&self) -> Vec<&str> {
        let lines = self.head.lines().skip(1);
        lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, _)| name)
            .collect()
    }

    pub fn assert_status(&self, status: u16) -> &Self {
        assert_eq!(self.status(), status, "{}\n{}", self.head, self.body);
        self
    }
}

impl TestServer {
    /// Host and port, as a `Host` header names them.
    pub fn authority(&self) -> &str {
        let rest = self.base.strip_prefix("http://").unwrap_or(&self.base);
        rest.split('/').next().unwrap_or(rest)
    }

    /// Sends these bytes on a connection of their own and reads until the server closes it.
    pub async fn raw(&self, request: impl Into<Vec<u8>>) -> Exchange {
        let (address, request) = (self.authority().to_owned(), request.into());
        let talk = move || {
            let mut stream = TcpStream::connect(address).expect("a connection");
            let patience = Some(Duration::from_secs(30));
            stream.set_read_timeout(patience).expect("a time-out");
            // A server that refuses early closes while we still write.
            let _ = stream.write_all(&request);
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            answer
        };
        let answer = tokio::task::spawn_blocking(talk).await.expect("an exchange");
        let answer = String::from_utf8(answer).expect("the answer is text");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        Exchange {
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    /// A GET of HTTP/1.1 that asks the server to close, with `headers` as whole lines.
    pub async fn raw_get(&self, target: &str, headers: &[&str]) -> Exchange {
        self.raw_request("GET", target, headers, "").await
    }

    /// Any request of HTTP/1.1 that asks the server to close.
    pub async fn raw_request(&self, method: &str, target: &str, headers: &[&str], body: &str) -> Exchange {
        let mut lines = format!(
            "{method} {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
            self.authority()
        );
        for line in headers {
            lines.push_str(line);
            lines.push_str("\r\n");
        }
        if !body.is_empty() {
            lines = format!("{lines}Content-Length: {}\r\n", body.len());
        }
        self.raw(format!("{lines}\r\n{body}")).await
    }
}
