//! Bad requests with the exact answers they get. Plain data, so that the suite can check the answers and a benchmark can
//! take their time. A word in braces stands for what only a running server knows: see [`Row::bytes`].

mod http;
mod login;
mod logout;
mod proxy;
mod rest;
mod saml;
mod spelling;
mod validation;

/// A registered service.
pub const SERVICE: &str = "https%3A%2F%2Fmail.univ.example%2F";

/// What is to come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wants {
    /// `/validate` says no.
    No,
    /// A failure of the XML validators: code and sentence.
    Xml(&'static str, &'static str),
    /// The same in JSON.
    Json(&'static str, &'static str),
    /// A failure of `/proxy`.
    Proxy(&'static str, &'static str),
    /// A failure of `/samlValidate`.
    Saml(&'static str),
    /// A page about what cannot be done.
    Page(u16),
    /// The sign-in form, and nobody is signed in.
    Form(u16),
    /// The page of somebody who is signed in, or was until now.
    Home,
    /// 405, with the methods there are.
    Method(&'static str),
    /// Words of the REST protocol.
    Words(u16, &'static str),
    /// 401 of the REST protocol.
    Unproven,
    /// `[]`: there is nothing to be ended.
    Nothing,
    /// HTTP itself is wrong: the status alone counts.
    Status(u16),
}

const XML: &str = "application/xml;charset=UTF-8";
const HTML: &str = "text/html;charset=UTF-8";
const PLAIN: &str = "text/plain;charset=UTF-8";
const JSON: &str = "application/json;charset=UTF-8";

impl Wants {
    pub fn status(&self) -> u16 {
        match self {
            Self::Page(status) | Self::Form(status) | Self::Words(status, _) | Self::Status(status) => {
                *status
            }
            Self::Method(_) => 405,
            Self::Unproven => 401,
            _ => 200,
        }
    }

    /// The content type, where one is promised.
    pub fn media(&self) -> Option<&'static str> {
        match self {
            Self::No | Self::Words(..) => Some(PLAIN),
            Self::Xml(..) | Self::Proxy(..) => Some(XML),
            Self::Json(..) | Self::Unproven | Self::Nothing => Some(JSON),
            Self::Saml(_) => Some("text/xml;charset=UTF-8"),
            Self::Page(_) | Self::Form(_) | Self::Home => Some(HTML),
            Self::Method(_) | Self::Status(_) => None,
        }
    }

    /// The body, where every byte is promised.
    pub fn body(&self) -> Option<String> {
        let xml = |element: &str, code: &str, sentence: &str| {
            format!(
                "<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>\n    <cas:{element} \
                 code=\"{code}\">{sentence}</cas:{element}>\n</cas:serviceResponse>\n"
            )
        };
        match self {
            Self::No => Some("no\n\n".to_owned()),
            Self::Xml(code, sentence) => Some(xml("authenticationFailure", code, sentence)),
            Self::Proxy(code, sentence) => Some(xml("proxyFailure", code, sentence)),
            Self::Json(code, sentence) => Some(format!(
                r#"{{"serviceResponse":{{"authenticationFailure":{{"code":"{code}","description":"{sentence}"}}}}}}"#
            )),
            Self::Words(_, words) => Some((*words).to_owned()),
            Self::Unproven => Some(r#"{"authentication_exceptions":["invalid credentials"]}"#.to_owned()),
            Self::Nothing => Some("[]".to_owned()),
            _ => None,
        }
    }
}

/// What a request may leave in the database: a table, or `spent tickets`, and how many rows more.
pub type Trace = (&'static str, i64);

/// One bad request.
#[derive(Debug, Clone)]
pub struct Row {
    pub method: &'static str,
    pub target: Vec<u8>,
    pub headers: Vec<String>,
    pub body: Vec<u8>,
    /// Whether the body is sent in chunks.
    pub chunked: bool,
    pub wants: Wants,
    pub leaves: &'static [Trace],
}

/// A GET of a path and a query below the context.
pub fn get(path: &str, query: impl AsRef<[u8]>) -> Row {
    let mut target = format!("/cas{path}?").into_bytes();
    target.extend(query.as_ref());
    Row {
        method: "GET",
        target,
        headers: Vec::new(),
        body: Vec::new(),
        chunked: false,
        wants: Wants::Status(400),
        leaves: &[],
    }
}

/// A form sent to a path and a query.
pub fn post(path: &str, body: impl Into<Vec<u8>>) -> Row {
    send(path, body).header("Content-Type: application/x-www-form-urlencoded")
}

/// A body of no type sent to a path and a query.
pub fn send(path: &str, body: impl Into<Vec<u8>>) -> Row {
    Row {
        method: "POST",
        target: format!("/cas{path}").into_bytes(),
        body: body.into(),
        ..get("", "")
    }
}

impl Row {
    pub fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    pub fn header(mut self, line: impl Into<String>) -> Self {
        self.headers.push(line.into());
        self
    }

    /// The body in chunks, its length untold.
    pub fn chunked(mut self) -> Self {
        self.chunked = true;
        self
    }

    pub fn wants(mut self, wants: Wants) -> Self {
        self.wants = wants;
        self
    }

    pub fn leaves(mut self, traces: &'static [Trace]) -> Self {
        self.leaves = traces;
        self
    }

    /// The request as it goes over the wire to `host`, each word in braces replaced. Known to the runners: `{ticket}` (good,
    /// shared by all rows), `{fresh}` (good, for this row alone), `{token}` and `{form}` (of a sign-in form and its cookie),
    /// `{session}` (a cookie), `{pgt}`, `{tgt}`, `{login}`,
    /// `{password}` and, as it is typed, `{plain}`.
    pub fn bytes(&self, host: &str, words: &[(&str, String)]) -> Vec<u8> {
        let body = replace(&self.body, words);
        let mut request = [self.method.as_bytes(), b" ", &replace(&self.target, words)].concat();
        request.extend(b" HTTP/1.1\r\nConnection: close\r\n");
        let mut line = |text: &[u8]| {
            request.extend(text);
            request.extend(b"\r\n");
        };
        if !self.has("Host:") {
            line(format!("Host: {host}").as_bytes());
        }
        for header in &self.headers {
            line(&replace(header.as_bytes(), words));
        }
        let framed = self.has("Transfer-Encoding:") || self.has("Content-Length:");
        let body = if self.chunked {
            line(b"Transfer-Encoding: chunked");
            chunked(&body)
        } else {
            if !body.is_empty() && !framed {
                line(format!("Content-Length: {}", body.len()).as_bytes());
            }
            body
        };
        line(b"");
        request.extend(body);
        request
    }

    /// Whether the request holds this word in braces.
    pub fn names(&self, word: &str) -> bool {
        let found = |bytes: &[u8]| bytes.windows(word.len()).any(|part| part == word.as_bytes());
        found(&self.target) || found(&self.body) || self.has(word)
    }

    fn has(&self, part: &str) -> bool {
        self.headers.iter().any(|line| line.contains(part))
    }

    /// The request in short, for people.
    pub fn title(&self) -> String {
        let text = |bytes: &[u8]| {
            let text: String = String::from_utf8_lossy(bytes).chars().take(110).collect();
            text.escape_debug().to_string()
        };
        let headers = self.headers.join("; ");
        let headers = text(headers.as_bytes());
        let chunks = if self.chunked { " in chunks" } else { "" };
        format!(
            "{} {} [{headers}] {}{chunks} {}",
            self.method,
            text(&self.target),
            self.body.len(),
            text(&self.body)
        )
    }
}

fn replace(bytes: &[u8], words: &[(&str, String)]) -> Vec<u8> {
    let mut done = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        if let Some((word, value)) = words.iter().find(|(word, _)| rest.starts_with(word.as_bytes())) {
            done.extend(value.bytes());
            rest = &rest[word.len()..];
        } else {
            done.push(byte);
            rest = after;
        }
    }
    done
}

/// A body in two chunks (RFC 9112 section 7.1).
fn chunked(body: &[u8]) -> Vec<u8> {
    let (first, second) = body.split_at(body.len() / 2);
    let mut all = Vec::new();
    for part in [first, second].into_iter().filter(|part| !part.is_empty()) {
        all.extend(format!("{:x}\r\n", part.len()).into_bytes());
        all.extend(part);
        all.extend(b"\r\n");
    }
    all.extend(b"0\r\n\r\n");
    all
}

/// The text in UTF-16, most significant byte first or last, with its mark.
fn utf_16(text: &str, little: bool) -> Vec<u8> {
    let bytes = |unit: u16| {
        if little {
            unit.to_le_bytes()
        } else {
            unit.to_be_bytes()
        }
    };
    std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(bytes)
        .collect()
}

/// The table, in parts of which each can be asked of a server of its own.
pub fn table() -> Vec<(&'static str, Vec<Row>)> {
    vec![
        ("validation", validation::rows()),
        ("judged", validation::judged()),
        ("proxy", proxy::rows()),
        ("login", login::rows()),
        ("credentials", login::credentials()),
        ("logout", logout::rows()),
        ("saml", saml::rows()),
        ("rest", rest::rows()),
        ("http", http::rows()),
    ]
}

/// The rows of one part.
pub fn part(name: &str) -> Vec<Row> {
    let found = table().into_iter().find(|(part, _)| *part == name);
    found.expect("a part of the table").1
}
