//! Connections that say nothing, or one letter a second; whoever is cut off comes back.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Between two letters, and before whoever was not let in tries again.
const PAUSE: Duration = Duration::from_secs(1);

/// What they begin to say.
const HEAD: &[u8] =
    b"GET /cas/login HTTP/1.1\r\nHost: localhost\r\nX-Letters: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// The crowd, which goes when it is dropped.
pub struct Crowd {
    counts: Rc<Counts>,
    _all: JoinSet<()>,
}

#[derive(Default)]
struct Counts {
    there: Cell<usize>,
    cut_off: Cell<usize>,
}

impl Crowd {
    /// Connections that are there at this moment.
    pub fn there(&self) -> usize {
        self.counts.there.get()
    }

    /// Connections that the server has ended.
    pub fn cut_off(&self) -> usize {
        self.counts.cut_off.get()
    }
}

/// Gathers a crowd; ready when everybody was there once.
pub async fn gather(port: u16, idle: usize, dribbling: usize) -> Crowd {
    let counts = Rc::new(Counts::default());
    let mut all = JoinSet::new();
    for number in 0..idle + dribbling {
        all.spawn_local(linger(port, number >= idle, Rc::clone(&counts)));
        // A few thousand at the same moment would be a flood of another kind.
        if number % 50 == 0 {
            sleep(Duration::from_millis(5)).await;
        }
    }
    while counts.there.get() + counts.cut_off.get() < idle + dribbling {
        sleep(Duration::from_millis(50)).await;
    }
    Crowd { counts, _all: all }
}

async fn linger(port: u16, dribbles: bool, counts: Rc<Counts>) {
    loop {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await else {
            sleep(PAUSE).await;
            continue;
        };
        counts.there.set(counts.there.get() + 1);
        let mut letters = HEAD.iter();
        let mut answer = [0; 1_024];
        loop {
            let said = if dribbles {
                match timeout(PAUSE, stream.read(&mut answer)).await {
                    Ok(read) => read,
                    Err(_) => stream.write(&[*letters.next().unwrap_or(&b'a')]).await,
                }
            } else {
                stream.read(&mut answer).await
            };
            if !matches!(said, Ok(1..)) {
                break;
            }
        }
        counts.there.set(counts.there.get() - 1);
        counts.cut_off.set(counts.cut_off.get() + 1);
    }
}
