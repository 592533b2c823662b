//! What stands in front of the nodes, as a balancer does it: it asks each whether it is ready, sends every request to the
//! next that is, and once more to another where HTTP allows that.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::{Client, Method, redirect};
use tokio::sync::watch;

/// How often each node is asked.
const PAUSE: Duration = Duration::from_millis(250);

/// How long it may take to say so.
const PATIENCE: Duration = Duration::from_secs(2);

/// A round-robin front.
pub struct Front {
    client: Client,
    nodes: Vec<Node>,
    turn: AtomicUsize,
    again: AtomicUsize,
}

struct Node {
    origin: String,
    ready: watch::Sender<bool>,
}

/// A request.
pub struct Request<'a> {
    pub method: Method,
    pub path: &'a str,
    pub cookies: &'a str,
    pub body: String,
}

/// An answer.
pub struct Answer {
    pub status: u16,
    /// Where the browser is sent; empty for nowhere.
    pub location: String,
    /// The cookies it sets, as a browser sends them back.
    pub cookies: Vec<String>,
    pub body: String,
    /// Which node gave it.
    pub node: usize,
    /// Whether a node may have heard the request before, and nobody its answer.
    pub repeated: bool,
}

impl Front {
    /// A front of the nodes on these ports, none known to be ready.
    pub fn new(ports: &[u16]) -> Arc<Self> {
        let origin = |port: &u16| format!("http://127.0.0.1:{port}");
        Arc::new(Self::of(ports.iter().map(origin), client()))
    }

    /// Nothing of our own: a real balancer is asked, which does the rest.
    pub fn through(origin: &str, client: Client) -> Self {
        Self::of([origin.to_owned()], client)
    }

    fn of(origins: impl IntoIterator<Item = String>, client: Client) -> Self {
        let node = |origin| Node {
            origin,
            ready: watch::Sender::new(false),
        };
        Self {
            client,
            nodes: origins.into_iter().map(node).collect(),
            turn: AtomicUsize::new(0),
            again: AtomicUsize::new(0),
        }
    }

    /// Asks every node again and again whether it is ready.
    pub async fn watch(self: Arc<Self>) {
        let mut clock = tokio::time::interval(PAUSE);
        loop {
            for node in &self.nodes {
                let address = format!("{}/cas/health/ready", node.origin);
                let asked = self.client.get(address).timeout(PATIENCE).send().await;
                let ready = asked.is_ok_and(|answer| answer.status() == 200);
                node.ready.send_replace(ready);
            }
            clock.tick().await;
        }
    }

    /// Sends everything to one node from now on, as when an operator moves all at once. Not to be mixed with watching.
    pub fn move_to(&self, node: usize) {
        for (number, known) in self.nodes.iter().enumerate() {
            known.ready.send_replace(number == node);
        }
    }

    /// Waits until it has noticed that a node is ready, or that it is not.
    pub async fn until(&self, node: usize, ready: bool) {
        let mut noticed = self.nodes[node].ready.subscribe();
        let waited = noticed.wait_for(|now| *now == ready).await;
        waited.expect("the node is still there");
    }

    /// How many requests were sent a second time.
    pub fn again(&self) -> usize {
        self.again.load(Ordering::SeqCst)
    }

    /// Sends a request.
    ///
    /// # Errors
    /// When no answer came, which a browser is told as 502.
    pub async fn send(&self, request: &Request<'_>) -> Result<Answer, String> {
        let first = self.next(None).expect("a node");
        let mut lost = match self.try_at(first, request).await {
            Ok(answer) => return Ok(answer),
            Err(lost) => lost,
        };
        // As balancers do: until it is asked again, a node that cut somebody off gets nobody else.
        self.nodes[first].ready.send_replace(false);
        // Nobody has heard what could not be connected. What may have been heard is repeated for a method whose
        // repetition HTTP calls harmless (RFC 9110 section 9.2.2), and never for a POST.
        let heard = !lost.is_connect();
        let may_repeat = !heard || request.method == Method::GET;
        if let Some(second) = self.next(Some(first)).filter(|_| may_repeat) {
            self.again.fetch_add(1, Ordering::SeqCst);
            match self.try_at(second, request).await {
                Ok(answer) => {
                    return Ok(Answer {
                        repeated: heard,
                        ..answer
                    });
                }
                Err(again) => lost = again,
            }
        }
        // Without the address, which holds tickets and is never the same.
        Err(format!(
            "a {} is cut off: {:?}",
            request.method,
            lost.without_url()
        ))
    }

    /// The next node: one that is ready, if there is any, and not the one that was tried.
    fn next(&self, tried: Option<usize>) -> Option<usize> {
        let turn = self.turn.fetch_add(1, Ordering::SeqCst);
        // One turn is passed over now and then: with two nodes, all redirects would be one's and all validations the other's.
        let start = turn + turn / 7;
        let order = (start..start + self.nodes.len()).map(|turn| turn % self.nodes.len());
        let others: Vec<usize> = order.filter(|node| Some(*node) != tried).collect();
        let is_ready = |node: &&usize| *self.nodes[**node].ready.borrow();
        others.iter().find(is_ready).or(others.first()).copied()
    }

    async fn try_at(&self, node: usize, request: &Request<'_>) -> reqwest::Result<Answer> {
        let address = format!("{}{}", self.nodes[node].origin, request.path);
        let mut asking = self.client.request(request.method.clone(), address);
        if !request.cookies.is_empty() {
            asking = asking.header("cookie", request.cookies);
        }
        if !request.body.is_empty() {
            asking = asking
                .header("content-type", "application/x-www-form-urlencoded")
                .body(request.body.clone());
        }
        let reply = asking.send().await?;
        let status = reply.status().as_u16();
        let texts = |name: &str| -> Vec<String> {
            let values = reply.headers().get_all(name).iter();
            values
                .filter_map(|value| value.to_str().ok())
                .map(str::to_owned)
                .collect()
        };
        let pair = |line: &String| line.split(';').next().unwrap_or_default().to_owned();
        let (location, cookies) = (texts("location").concat(), texts("set-cookie"));
        Ok(Answer {
            status,
            location,
            cookies: cookies.iter().map(pair).collect(),
            body: reply.text().await?,
            node,
            // What a balancer has repeated, nobody is told.
            repeated: self.nodes.len() == 1,
        })
    }
}

/// A client with a connection for each request, as balancers have unless told otherwise.
fn client() -> Client {
    // The server installs this too, but it is a program of its own.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(0);
    client.build().expect("a client")
}
