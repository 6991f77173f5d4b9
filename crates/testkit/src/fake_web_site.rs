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

const HTML: &str = "text/html; charset=utf-8";

pub struct FakeWebSite {
    address: SocketAddr,
    site: Arc<Mutex<Site>>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct Site {
    /// Content type and body.
    pages: HashMap<String, (&'static str, Vec<u8>)>,
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
        self.show_html(path, page);
    }

    /// Serves exactly this page under `path`.
    pub fn show_html(&self, path: &str, html: impl Into<String>) {
        self.show_file(path, HTML, html.into().into_bytes());
    }

    /// Serves a file under `path`.
    pub fn show_file(&self, path: &str, content_type: &'static str, bytes: Vec<u8>) {
        self.site().pages.insert(path.to_owned(), (content_type, bytes));
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of `path`.
    pub fn link(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

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
    let (status, (content_type, body)) = match page {
        Some(page) => ("200 OK", page),
        None => ("404 Not Found", (HTML, Vec::new())),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
}
