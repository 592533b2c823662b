//! The callback of a service, under https with an authority of the test's own, which answers as the test says.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use reqwest::Certificate;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Who signs the certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: Vec<u8>,
}

fn text(what: &str, der: &[u8]) -> String {
    let lines = STANDARD.encode(der);
    format!("-----BEGIN {what}-----\n{lines}\n-----END {what}-----\n")
}

/// What is wrong with a certificate, if anything.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    Well,
    /// It was good long ago.
    LongAgo,
}

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("an authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let der = params.self_signed(&key).expect("a certificate").der().to_vec();
        Self {
            issuer: Issuer::new(params, key),
            der,
        }
    }

    pub fn certificate(&self) -> Certificate {
        Certificate::from_der(&self.der).expect("a certificate")
    }

    /// The certificate as text, for programs that read a file.
    pub fn pem(&self) -> String {
        text("CERTIFICATE", &self.der)
    }

    /// A certificate for `localhost` and its key as text, for programs that read files.
    pub fn localhost(&self) -> [String; 2] {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(["localhost".to_owned()]).expect("a name");
        let leaf = params.signed_by(&key, &self.issuer).expect("a certificate");
        [
            text("CERTIFICATE", leaf.der()),
            text("PRIVATE KEY", &key.serialize_der()),
        ]
    }

    /// What a server at `localhost` shows.
    fn server(&self, signed: Signed) -> ServerConfig {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(["localhost".to_owned()]).expect("a name");
        if signed == Signed::LongAgo {
            params.not_before = date_time_ymd(2001, 1, 1);
            params.not_after = date_time_ymd(2002, 1, 1);
        }
        let leaf = params.signed_by(&key, &self.issuer).expect("a certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .expect("a configuration")
    }
}

/// What the callback answers.
#[derive(Debug, Clone)]
pub enum Answer {
    Status(u16),
    Redirect(u16, String),
    /// 200 once the test says so.
    Held,
    /// 302 to there once the test says so.
    HeldRedirect(String),
    /// Nothing, for ever.
    Hang,
    /// 200, and a body without end.
    Endless,
}

#[derive(Default)]
struct Shared {
    heard: Mutex<Vec<String>>,
    bell: Notify,
    answers: Mutex<VecDeque<Answer>>,
}

/// A listening callback.
pub struct Callback {
    /// `https://localhost:PORT/`
    pub url: String,
    pub port: u16,
    shared: Arc<Shared>,
    held: Arc<Semaphore>,
}

impl Callback {
    /// Answers with these in turn, the last one for ever.
    pub async fn start(authority: &Authority, signed: Signed, answers: &[Answer]) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = socket.local_addr().expect("an address").port();
        let acceptor = TlsAcceptor::from(Arc::new(authority.server(signed)));
        let shared = Arc::new(Shared::default());
        let held = Arc::new(Semaphore::new(0));
        shared.answer(answers);
        let (serving, gate) = (Arc::clone(&shared), Arc::clone(&held));
        tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let (acceptor, shared, gate) = (acceptor.clone(), Arc::clone(&serving), Arc::clone(&gate));
                tokio::spawn(async move { serve(acceptor, stream, &shared, &gate).await });
            }
        });
        Self {
            url: format!("https://localhost:{port}/"),
            port,
            shared,
            held,
        }
    }

    /// Answers with these from now on.
    pub fn answer(&self, answers: &[Answer]) {
        self.shared.answer(answers);
    }

    /// Lets one held answer go.
    pub fn release(&self) {
        self.held.add_permits(1);
    }

    /// The heads of the requests so far.
    pub fn heads(&self) -> Vec<String> {
        self.shared.heard.lock().expect("the requests").clone()
    }

    /// What the requests so far asked for: path and query.
    pub fn targets(&self) -> Vec<String> {
        let target = |head: &String| head.split(' ').nth(1).expect("a request line").to_owned();
        self.heads().iter().map(target).collect()
    }

    /// Waits until there were `count` requests.
    pub async fn called(&self, count: usize) {
        let waiting = async {
            loop {
                let bell = self.shared.bell.notified();
                if self.heads().len() >= count {
                    return;
                }
                bell.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waiting)
            .await
            .expect("the callback is called");
    }

    /// The proxy-granting ticket that came with this IOU.
    pub fn granted(&self, iou: &str) -> String {
        let wanted = format!("pgtIou={iou}&pgtId=");
        let targets = self.targets();
        let found = targets.iter().find_map(|target| target.split_once(&wanted));
        found
            .unwrap_or_else(|| panic!("{iou} is not in {targets:?}"))
            .1
            .to_owned()
    }
}

impl Shared {
    fn answer(&self, answers: &[Answer]) {
        *self.answers.lock().expect("the answers") = answers.iter().cloned().collect();
    }

    fn next(&self) -> Answer {
        let mut answers = self.answers.lock().expect("the answers");
        if answers.len() > 1 {
            answers.pop_front().expect("an answer")
        } else {
            answers.front().expect("an answer").clone()
        }
    }
}

async fn serve(acceptor: TlsAcceptor, stream: TcpStream, shared: &Shared, gate: &Semaphore) -> Option<()> {
    let mut stream = BufReader::new(acceptor.accept(stream).await.ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    shared.heard.lock().expect("the requests").push(head);
    shared.bell.notify_waiters();
    match shared.next() {
        Answer::Status(status) => finish(&mut stream, &format!("HTTP/1.1 {status} X\r\n")).await,
        Answer::Redirect(status, to) => {
            finish(&mut stream, &format!("HTTP/1.1 {status} X\r\nLocation: {to}\r\n")).await
        }
        Answer::Held => {
            gate.acquire().await.ok()?.forget();
            finish(&mut stream, "HTTP/1.1 200 X\r\n").await
        }
        Answer::HeldRedirect(to) => {
            gate.acquire().await.ok()?.forget();
            finish(&mut stream, &format!("HTTP/1.1 302 X\r\nLocation: {to}\r\n")).await
        }
        Answer::Hang => pending().await,
        Answer::Endless => {
            stream.write_all(b"HTTP/1.1 200 X\r\n\r\n").await.ok()?;
            loop {
                stream.write_all(&[b'x'; 4096]).await.ok()?;
                stream.flush().await.ok()?;
            }
        }
    }
}

async fn finish(stream: &mut BufReader<TlsStream<TcpStream>>, head: &str) -> Option<()> {
    let rest = "Content-Length: 0\r\nConnection: close\r\nSet-Cookie: mine=1\r\n\r\n";
    stream.write_all(format!("{head}{rest}").as_bytes()).await.ok()?;
    stream.flush().await.ok()?;
    stream.shutdown().await.ok()
}
