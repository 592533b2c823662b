//! Measures the release build over loopback: `cargo bench`. Prints what one machine does a second, how long the slowest
//! hundredth took, and what the server spent. Each loop ends by itself.

#[path = "sign_on/client.rs"]
mod client;
#[path = "sign_on/program.rs"]
mod program;

use std::sync::Arc;
use std::time::{Duration, Instant};

use client::{Connection, cookie, encode, field};
use program::Program;

/// How long each workload runs.
const LASTS: Duration = Duration::from_secs(5);

const SERVICE: &str = "http://app.example/";

/// What a workload brought.
struct Figures {
    done: usize,
    slowest_hundredth: Duration,
    cpu: Duration,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let places = <program::Places as clap::Parser>::parse();
    let program = Arc::new(Program::start(&places));
    let before = program.memory_kib();
    println!(
        "{:<42} {:>10} {:>10} {:>14}",
        "workload", "a second", "p99 ms", "server CPU µs"
    );
    let hello = measure(
        &program,
        32,
        |program, _| async move { Hello::new(&program).await },
    )
    .await;
    report("answers of the liveness page, 32 users", &hello);
    let sso = measure(&program, 32, |program, number| async move {
        Visitor::new(&program, number).await
    })
    .await;
    report("sign-on: session → ticket → validation, 32", &sso);
    let login = measure(&program, 8, |program, number| async move {
        Newcomer::new(&program, number)
    })
    .await;
    report("sign-in: form, password, ticket, 8", &login);
    println!(
        "\nsign-on is {:.2} of the liveness page",
        rate(&sso) / rate(&hello)
    );
    println!(
        "memory (PSS): {} kB after start, {} kB after the load",
        before,
        program.memory_kib()
    );
}

fn rate(figures: &Figures) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a count of some thousands")]
    let done = figures.done as f64;
    done / LASTS.as_secs_f64()
}

fn report(name: &str, figures: &Figures) {
    let each = figures.cpu.as_micros() / figures.done.max(1) as u128;
    let slow = figures.slowest_hundredth.as_secs_f64() * 1_000.0;
    println!("{name:<42} {:>10.0} {slow:>10.1} {each:>14}", rate(figures));
}

/// A user who does one thing over and over.
trait User {
    async fn once(&mut self);
}

/// Runs `users` users, each on its own connections, until the time is over.
async fn measure<U, F, M>(program: &Arc<Program>, users: usize, make: M) -> Figures
where
    U: User + 'static,
    F: Future<Output = U>,
    M: Fn(Arc<Program>, usize) -> F,
{
    let mut ready = Vec::new();
    for number in 0..users {
        ready.push(make(Arc::clone(program), number).await);
    }
    let (begun, cpu) = (Instant::now(), program.cpu());
    let tasks = tokio::task::LocalSet::new();
    let running: Vec<_> = ready
        .into_iter()
        .map(|mut user| {
            tasks.spawn_local(async move {
                let mut times = Vec::new();
                while begun.elapsed() < LASTS {
                    let started = Instant::now();
                    user.once().await;
                    times.push(started.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    tasks
        .run_until(async {
            for user in running {
                times.extend(user.await.expect("a user finishes"));
            }
        })
        .await;
    times.sort_unstable();
    let slowest_hundredth = times.get(times.len() * 99 / 100).copied().unwrap_or_default();
    Figures {
        done: times.len(),
        slowest_hundredth,
        cpu: program.cpu().saturating_sub(cpu),
    }
}

struct Hello(Connection);

impl Hello {
    async fn new(program: &Program) -> Self {
        Self(Connection::open(program.port).await)
    }
}

impl User for Hello {
    async fn once(&mut self) {
        assert_eq!(self.0.get("/cas/health/live", "").await.status, 200);
    }
}

/// A signed-in browser and the service it visits, each on its own connection.
struct Visitor {
    browser: Connection,
    service: Connection,
    cookies: String,
    login: String,
}

impl Visitor {
    async fn new(program: &Program, number: usize) -> Self {
        let mut browser = Connection::open(program.port).await;
        let login = format!("bench{number}");
        let (cookies, _) = sign_in(&mut browser, &login).await;
        Self {
            browser,
            service: Connection::open(program.port).await,
            cookies,
            login,
        }
    }
}

impl User for Visitor {
    async fn once(&mut self) {
        let path = format!("/cas/login?service={}", encode(SERVICE));
        let sent = self.browser.get(&path, &self.cookies).await;
        validate(&mut self.service, &sent.ticket(), &self.login).await;
    }
}

/// A browser that nobody has used: form, password, ticket.
struct Newcomer {
    port: u16,
    login: String,
}

impl Newcomer {
    fn new(program: &Program, number: usize) -> Self {
        Self {
            port: program.port,
            login: format!("bench{number}"),
        }
    }
}

impl User for Newcomer {
    async fn once(&mut self) {
        let mut browser = Connection::open(self.port).await;
        let (_, ticket) = sign_in(&mut browser, &self.login).await;
        validate(&mut browser, &ticket, &self.login).await;
    }
}

async fn sign_in(browser: &mut Connection, login: &str) -> (String, String) {
    let path = format!("/cas/login?service={}", encode(SERVICE));
    let page = browser.get(&path, "").await;
    let form = cookie(&page.head, "CASFORM");
    let body = format!(
        "execution={}&_eventId=submit&service={}&username={login}&password={}",
        encode(&field(&page.body, "execution")),
        encode(SERVICE),
        encode(program::PASSWORD),
    );
    let sent = browser.post("/cas/login", &form, &body).await;
    (cookie(&sent.head, "TGC"), sent.ticket())
}

async fn validate(service: &mut Connection, ticket: &str, login: &str) {
    let path = format!(
        "/cas/p3/serviceValidate?service={}&ticket={ticket}",
        encode(SERVICE)
    );
    let answer = service.get(&path, "").await;
    assert!(
        answer.body.contains(&format!("<cas:user>{login}</cas:user>")),
        "{}",
        answer.body
    );
}
