//! A service that listens: for sign-out messages and proxy callbacks.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// The most that is read of a request.
const LIMIT: usize = 64 * 1024;

/// How long one connection may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request that came.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The headers, names in lower case.
    headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Heard {
    /// The value of a header; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// A parameter of the query, decoded.
    pub fn parameter(&self, wanted: &str) -> Option<String> {
        let url = reqwest::Url::parse("http://a").ok()?.join(&self.target).ok()?;
        let found = url.query_pairs().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.into_owned())
    }

    /// For the report.
    pub fn shown(&self) -> String {
        format!("{} {} {}", self.method, self.target, self.body)
    }
}

/// What a request is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// This status.
    Status(u16),
    /// A redirect to `/elsewhere`.
    Redirect,
    /// Nothing: the connection is left open.
    Silence,
}

/// What a server shows with the certificate and key in these files.
///
/// # Errors
/// When they hold none, or they do not fit together; in words.
pub fn certificate(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, String> {
    let words = |error: &dyn std::fmt::Display| error.to_string();
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(certificate)
        .map_err(|error| words(&error))?
        .collect();
    let chain = chain.map_err(|error| words(&error))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| words(&error))?;
    ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map(Arc::new)
        .map_err(|error| words(&error))
}

#[derive(Default)]
struct Shared {
    heard: Mutex<Vec<Heard>>,
    answers: Mutex<HashMap<String, Answer>>,
    bell: Notify,
}

/// A listening service; it stops when dropped.
pub struct Listener {
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Listener {
    /// Listens.
    ///
    /// # Errors
    /// When the address is taken or not ours.
    pub async fn start(bind: SocketAddr) -> std::io::Result<Self> {
        let socket = TcpListener::bind(bind).await?;
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let shared = Arc::clone(&own);
                tokio::spawn(tokio::time::timeout(PATIENCE, async move {
                    shared.serve(stream).await
                }));
            }
        });
        Ok(Self {
            shared,
            tasks: vec![task],
        })
    }

    /// Listens under https at another place, too.
    ///
    /// # Errors
    /// When the address is taken or not ours.
    pub async fn also(&mut self, bind: SocketAddr, tls: Arc<ServerConfig>) -> std::io::Result<()> {
        let socket = TcpListener::bind(bind).await?;
        let own = Arc::clone(&self.shared);
        let acceptor = TlsAcceptor::from(tls);
        self.tasks.push(tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let (shared, acceptor) = (Arc::clone(&own), acceptor.clone());
                tokio::spawn(tokio::time::timeout(PATIENCE, async move {
                    // Whoever does not trust the certificate hangs up here.
                    let stream = acceptor.accept(stream).await.ok()?;
                    shared.serve(stream).await
                }));
            }
        }));
        Ok(())
    }

    /// From now on requests to `path` are answered so; others with 200.
    pub fn answer(&self, path: &str, answer: Answer) {
        lock(&self.shared.answers).insert(path.to_owned(), answer);
    }

    /// What came to `path` so far.
    pub fn heard(&self, path: &str) -> Vec<Heard> {
        let heard = lock(&self.shared.heard);
        let here = heard.iter().filter(|one| path_of(&one.target) == path);
        here.cloned().collect()
    }

    /// Waits until `count` requests came to `path`, or until `patience` ran out.
    pub async fn wait(&self, path: &str, count: usize, patience: Duration) -> Vec<Heard> {
        let enough = async {
            loop {
                let bell = self.shared.bell.notified();
                if self.heard(path).len() >= count {
                    return;
                }
                bell.await;
            }
        };
        let _ = tokio::time::timeout(patience, enough).await;
        self.heard(path)
    }
}

impl Shared {
    async fn serve<S: AsyncRead + AsyncWrite + Unpin>(&self, mut stream: S) -> Option<()> {
        let heard = read(&mut stream).await?;
        let path = path_of(&heard.target).to_owned();
        let answer = lock(&self.answers)
            .get(&path)
            .copied()
            .unwrap_or(Answer::Status(200));
        lock(&self.heard).push(heard);
        self.bell.notify_waiters();
        let start = match answer {
            Answer::Status(status) => format!("HTTP/1.1 {status} X\r\n"),
            Answer::Redirect => "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n".to_owned(),
            Answer::Silence => {
                // Until the caller gives up.
                let _ = stream.read(&mut [0; 1]).await;
                return None;
            }
        };
        let answer = format!("{start}Content-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.ok()?;
        stream.shutdown().await.ok()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn path_of(target: &str) -> &str {
    target.split('?').next().unwrap_or(target)
}

async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> Option<Heard> {
    let mut bytes = Vec::new();
    loop {
        if let Some(heard) = parse(&bytes) {
            return Some(heard);
        }
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).await.ok()?;
        if count == 0 || bytes.len() > LIMIT {
            return None;
        }
        bytes.extend_from_slice(&chunk[..count]);
    }
}

/// A whole request, or nothing yet.
fn parse(bytes: &[u8]) -> Option<Heard> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let mut request = Heard {
        method,
        target,
        headers,
        body: String::new(),
    };
    let body = &bytes[end + 4..];
    let body = if request.header("transfer-encoding").contains("chunked") {
        chunks(body)?
    } else {
        let length: usize = request.header("content-length").parse().unwrap_or(0);
        body.get(..length)?.to_vec()
    };
    request.body = String::from_utf8_lossy(&body).into_owned();
    Some(request)
}

/// The body out of its chunks, once the last one has come.
fn chunks(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let length = std::str::from_utf8(&rest[..end]).ok()?;
        let length = usize::from_str_radix(length.split(';').next()?.trim(), 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        let begin = end + 2;
        body.extend_from_slice(rest.get(begin..begin.checked_add(length)?)?);
        rest = rest.get(begin.checked_add(length)?.checked_add(2)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_request_is_read_once_it_is_whole() {
        let whole = b"POST /a?b=c HTTP/1.1\r\nContent-Length: 3\r\n\r\nxyz";

        assert!(parse(&whole[..whole.len() - 1]).is_none());
        let heard = parse(whole).unwrap();
        assert_eq!((heard.method.as_str(), heard.body.as_str()), ("POST", "xyz"));
        assert_eq!(heard.parameter("b").as_deref(), Some("c"));
    }

    #[test]
    fn chunks_are_put_together() {
        let whole = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x\r\nc\r\n0\r\n\r\n";

        assert_eq!(parse(whole).unwrap().body, "abc");
        assert!(parse(&whole[..whole.len() - 5]).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = (parse(&bytes), chunks(&bytes));
        }
    }
}
