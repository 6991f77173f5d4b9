//! A local web site that counts its requests.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A web site. Dropping it ends it.
pub struct FakeWebSite {
    address: SocketAddr,
    site: Arc<Mutex<Site>>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct Site {
    pages: HashMap<String, String>,
    visits: usize,
}

impl FakeWebSite {
    /// Starts a site without pages: every path answers 404.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let site = Arc::<Mutex<Site>>::default();
        let served = site.clone();
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, served.clone()));
            }
        });
        Self { address, site, serving }
    }

    /// Serves an article with this text under `path`.
    pub fn show(&self, path: &str, words: &str) {
        let page = format!(
            "<html><head><title>An article</title></head><body><article><p>{words}</p></article>\
             </body></html>"
        );
        self.site().pages.insert(path.to_owned(), page);
    }

    /// Serves exactly this page under `path`.
    pub fn show_html(&self, path: &str, html: impl Into<String>) {
        self.site().pages.insert(path.to_owned(), html.into());
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of `path`.
    pub fn link(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The number of requests.
    pub fn requests(&self) -> usize {
        self.site().visits
    }

    fn site(&self) -> std::sync::MutexGuard<'_, Site> {
        self.site.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for FakeWebSite {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(mut stream: TcpStream, site: Arc<Mutex<Site>>) {
    let mut request = vec![0; 8_192];
    let read = stream.read(&mut request).await.unwrap_or(0);
    let head = String::from_utf8_lossy(&request[..read]).into_owned();
    let path = head.split(' ').nth(1).unwrap_or("/");
    let page = {
        let mut site = site.lock().unwrap_or_else(PoisonError::into_inner);
        site.visits += 1;
        site.pages.get(path).cloned()
    };
    let (status, body) = match page {
        Some(page) => ("200 OK", page),
        None => ("404 Not Found", String::new()),
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(answer.as_bytes()).await;
}
