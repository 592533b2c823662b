//! A service that listens for sign-out messages.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use tokio::sync::Notify;

/// What a request to the service looked like.
#[derive(Debug, Clone)]
pub struct Heard {
    pub method: String,
    pub path: String,
    pub length: Option<usize>,
    pub content_type: String,
    pub body: String,
}

#[derive(Default)]
struct Shared {
    heard: Mutex<Vec<Heard>>,
    bell: Notify,
    status: Mutex<Vec<u16>>,
}

/// A listening service.
pub struct Listener {
    pub url: String,
    shared: Arc<Shared>,
    handle: actix_web::dev::ServerHandle,
}

impl Listener {
    /// Answers with these statuses in turn, the last one for ever.
    pub fn start(statuses: &[u16]) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/", socket.local_addr().expect("an address"));
        let shared = Arc::new(Shared {
            status: Mutex::new(statuses.iter().rev().copied().collect()),
            ..Shared::default()
        });
        let data = web::Data::from(Arc::clone(&shared));
        let server =
            HttpServer::new(move || App::new().app_data(data.clone()).default_service(web::to(hear)))
                .workers(1)
                .disable_signals()
                .listen(socket)
                .expect("it listens")
                .run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { url, shared, handle }
    }

    /// Waits until `count` messages have come; answers all of them.
    pub async fn heard(&self, count: usize) -> Vec<Heard> {
        let waiting = async {
            loop {
                let bell = self.shared.bell.notified();
                let heard = self.shared.heard.lock().expect("the messages").clone();
                if heard.len() >= count {
                    return heard;
                }
                bell.await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), waiting)
            .await
            .expect("the messages come")
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn hear(request: HttpRequest, body: String, shared: web::Data<Shared>) -> HttpResponse {
    let content_type = request
        .headers()
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let heard = Heard {
        method: request.method().to_string(),
        path: request.uri().to_string(),
        length: request
            .headers()
            .get("content-length")
            .and_then(|length| length.to_str().ok()?.parse().ok()),
        content_type: content_type.to_owned(),
        body,
    };
    shared.heard.lock().expect("the messages").push(heard);
    shared.bell.notify_waiters();
    let mut statuses = shared.status.lock().expect("the statuses");
    let status = if statuses.len() > 1 {
        statuses.pop()
    } else {
        statuses.last().copied()
    };
    HttpResponse::build(actix_web::http::StatusCode::from_u16(status.unwrap_or(200)).expect("a status"))
        .finish()
}
