//! Which addresses the fetcher dials, checked with a listener that counts connections.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::FutureExt as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    time::Instant,
};

use super::{
    super::guarded_client::{Lookup, REFUSAL_TIME},
    *,
};

/// A local page server that counts its requests.
struct TestSite {
    address: SocketAddr,
    visits: Arc<AtomicUsize>,
}

impl TestSite {
    /// Answers each path with the result of `pages`.
    async fn with(pages: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let visits = Arc::new(AtomicUsize::new(0));
        let (count, pages) = (visits.clone(), Arc::new(pages));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let pages = pages.clone();
                tokio::spawn(async move {
                    let mut request = vec![0; 4096];
                    let read = stream.read(&mut request).await.unwrap_or(0);
                    let head = String::from_utf8_lossy(&request[..read]).into_owned();
                    let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
                    match pages(&path) {
                        Some(answer) => {
                            let _ = stream.write_all(answer.as_bytes()).await;
                        }
                        // Keeps the connection open without an answer until the client closes it.
                        None => while stream.read(&mut request).await.is_ok_and(|n| n > 0) {},
                    }
                });
            }
        });
        Self { address, visits }
    }

    fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }

    fn link(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// For plain text, and for pages that are refused before parsing.
fn no_parser() -> Sandbox {
    let program = sandbox::ParserProgram::at("/there/is/no/parser");
    Sandbox::new(program, sandbox::SandboxLimits::default())
}

const WORDS: &str = "Tests let you change code without fear. Without them each change is a bet, \
    and code grows old before your eyes. With them you change, run, see green, go on.";

fn ok(kind: &str, body: &str) -> Option<String> {
    let length = body.len();
    Some(format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    ))
}

fn article() -> Option<String> {
    ok("text/plain; charset=utf-8", &WORDS.repeat(3))
}

fn redirect(to: &str) -> Option<String> {
    Some(format!(
        "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    ))
}

/// A fake resolver: one address list per lookup; the last list repeats.
fn names(of: &[(&str, &[&[IpAddr]])]) -> (Lookup, Arc<AtomicUsize>) {
    let table: HashMap<String, Vec<Vec<IpAddr>>> = of
        .iter()
        .map(|(name, answers)| {
            ((*name).to_owned(), answers.iter().rev().map(|a| a.to_vec()).collect())
        })
        .collect();
    let (table, asked) = (Mutex::new(table), Arc::new(AtomicUsize::new(0)));
    let (table, count) = (Arc::new(table), asked.clone());
    let lookup: Lookup = Arc::new(move |name| {
        let table = table.clone();
        count.fetch_add(1, Ordering::SeqCst);
        async move {
            let mut table = table.lock().unwrap();
            let Some(answers) = table.get_mut(&name) else {
                return Err(io::Error::new(io::ErrorKind::NotFound, "no such name"));
            };
            if answers.len() > 1 {
                return Ok(answers.pop().unwrap());
            }
            Ok(answers[0].clone())
        }
        .boxed()
    });
    (lookup, asked)
}

const LOCAL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

#[tokio::test]
async fn redirects_are_followed_to_the_page() {
    let site = TestSite::with(|path| match path {
        "/post" => article(),
        _ => redirect("/post"),
    })
    .await;
    let fetcher =
        Fetcher::new(AddressPolicy::public().allowing(site.address), no_parser()).unwrap();
    let page = fetcher.page(&site.link("/old")).await.unwrap();
    assert!(page.text.as_str().contains("without fear"));
    assert_eq!(site.visits(), 2);
}

/// Every notation of every kind of address outside the public internet: none is dialed.
#[tokio::test]
async fn no_notation_reaches_a_non_public_address() {
    let site = TestSite::with(|_| article()).await;
    let port = site.address.port();
    // The port is allowed, so that only the address is checked.
    let elsewhere: SocketAddr = format!("192.0.2.1:{port}").parse().unwrap();
    let (lookup, asked) = names(&[]);
    let fetcher =
        Fetcher::with_lookup(AddressPolicy::public().allowing(elsewhere), no_parser(), lookup)
            .unwrap();
    let forbidden = [
        // Loopback: dotted, short, decimal, octal, hexadecimal, mixed, full-width digits.
        "127.0.0.1 127.1 127.0.1 2130706433 0177.0.0.1 0x7f.0.0.1 0x7f000001 017700000001 \
         0x7f.1 127.0.0.1. １２７.0.0.1 127。0。0。1 127.255.255.254",
        // This host, private, shared, link-local with cloud metadata services, and the rest.
        "0.0.0.0 0 10.0.0.1 10.1 172.16.0.1 192.168.1.1 0xc0a80101 100.64.0.1 169.254.169.254 \
         2852039166 0xa9fea9fe 0251.0376.0251.0376 192.0.0.192 198.18.0.1 203.0.113.7 224.0.0.1 \
         240.0.0.1 255.255.255.255 4294967295",
        // IPv6: loopback, any, mapped, compatible, NAT64, 6to4, Teredo, unique local, link-local.
        "[::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:169.254.169.254] [::127.0.0.1] \
         [64:ff9b::127.0.0.1] [64:ff9b:1::a00:1] [2002:7f00:1::] \
         [2001:0:4136:e378:8000:63bf:3fff:fdd2] [fc00::1] [fd00:ec2::254] [fe80::1] [ff02::1] \
         [2001:db8::1]",
    ];
    for host in forbidden.iter().flat_map(|hosts| hosts.split(' ')) {
        for scheme in ["http", "https"] {
            let link = format!("{scheme}://{host}:{port}/");
            let refused = fetcher.page(&link).await.unwrap_err();
            assert!(matches!(refused, PageError::Forbidden(_)), "{link}: {refused}");
        }
    }
    assert_eq!((site.visits(), asked.load(Ordering::SeqCst)), (0, 0));
}

#[tokio::test]
async fn invalid_links_are_refused_before_dialing() {
    let fetcher = Fetcher::new(AddressPolicy::public(), no_parser()).unwrap();
    for link in [
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://127.0.0.1:6379/_x",
        "data:text/html,x",
        "javascript:alert(1)",
        "http://user:secret@example.org/",
        "http://example.org:22/",
        "http://example.org:6379/",
        "example.org",
        "http://",
        "",
    ] {
        let refused = fetcher.page(link).await.unwrap_err();
        assert!(matches!(refused, PageError::Forbidden(_)), "{link}: {refused}");
    }
}

#[tokio::test]
async fn internal_names_are_not_dialed() {
    let site = TestSite::with(|_| article()).await;
    let port = site.address.port();
    let elsewhere: SocketAddr = format!("192.0.2.1:{port}").parse().unwrap();
    let metadata: IpAddr = "169.254.169.254".parse().unwrap();
    let mapped: IpAddr = "::ffff:127.0.0.1".parse().unwrap();
    let (lookup, _) = names(&[
        ("inside.example", &[&[LOCAL]]),
        ("metadata.example", &[&[metadata]]),
        ("mapped.example", &[&[mapped]]),
    ]);
    let fetcher =
        Fetcher::with_lookup(AddressPolicy::public().allowing(elsewhere), no_parser(), lookup)
            .unwrap();
    // An unknown name is refused with the same text after the same time.
    for name in ["inside.example", "metadata.example", "mapped.example", "unknown.example"] {
        let began = Instant::now();
        let refused = fetcher.page(&format!("http://{name}:{port}/")).await.unwrap_err();
        let same = PageError::Unavailable("no connection".to_owned());
        assert_eq!(refused, same, "{name}");
        assert!(began.elapsed() >= REFUSAL_TIME, "{name}");
    }
    assert_eq!(site.visits(), 0);
}

/// DNS rebinding: the name has an allowed address first and a forbidden one afterwards. The
/// addresses are checked at each connection.
#[tokio::test]
async fn dns_rebinding_is_refused() {
    let outside = TestSite::with(|_| redirect("/again")).await;
    let port = outside.address.port();
    let other: IpAddr = "127.0.0.2".parse().unwrap();
    let (lookup, asked) = names(&[("rebinds.example", &[&[LOCAL], &[other]])]);
    // Only the first address is allowed.
    let fetcher = Fetcher::with_lookup(
        AddressPolicy::public().allowing(outside.address),
        no_parser(),
        lookup,
    )
    .unwrap();
    let refused = fetcher.page(&format!("http://rebinds.example:{port}/")).await.unwrap_err();
    assert_eq!(refused, PageError::Unavailable("no connection".to_owned()));
    assert_eq!((outside.visits(), asked.load(Ordering::SeqCst)), (1, 2));
}

#[tokio::test]
async fn redirects_are_checked_like_links() {
    let inside = TestSite::with(|_| article()).await;
    let target = inside.address;
    for to in [
        format!("http://{target}/"),
        format!("http://2130706433:{}/", target.port()),
        format!("//127.0.0.1:{}/", target.port()),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let answer = redirect(&to);
        let outside = TestSite::with(move |_| answer.clone()).await;
        let fetcher =
            Fetcher::new(AddressPolicy::public().allowing(outside.address), no_parser()).unwrap();
        let refused = fetcher.page(&outside.link("/")).await.unwrap_err();
        assert!(matches!(refused, PageError::Forbidden(_)), "{to}: {refused}");
    }
    assert_eq!(inside.visits(), 0);
}

#[tokio::test]
async fn unusable_pages_are_reported() {
    let large = "x".repeat(BodyKind::Page.max_bytes() + 1);
    let site = TestSite::with(move |path| match path {
        "/large" => ok("text/html", &large),
        // The same without a content length.
        "/endless" => Some(format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n{large}")),
        "/pdf" => ok("application/pdf", "%PDF"),
        "/empty" => ok("text/plain", "Log in"),
        "/gone" => Some("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned()),
        "/busy" => Some("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n".to_owned()),
        "/nowhere" => Some("HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n".to_owned()),
        _ => redirect("/for-ever"),
    })
    .await;
    let fetcher =
        Fetcher::new(AddressPolicy::public().allowing(site.address), no_parser()).unwrap();
    for (path, words) in [
        ("/large", "larger than 2 MB"),
        ("/endless", "larger than 2 MB"),
        ("/pdf", "no page with text"),
        ("/empty", "send the text itself"),
        ("/gone", "its server says 404"),
        ("/busy", "can't be reached now: its server says 503"),
        ("/nowhere", "redirect has no target"),
        ("/for-ever", "redirects too often"),
    ] {
        let said = fetcher.page(&site.link(path)).await.unwrap_err().to_string();
        assert!(said.contains(words), "{path}: {said}");
    }
}

#[tokio::test]
async fn silent_server_times_out() {
    let site = TestSite::with(|_| None).await;
    let fetcher =
        Fetcher::new(AddressPolicy::public().allowing(site.address), no_parser()).unwrap();
    let fetcher = fetcher.within(Duration::from_millis(200));
    let left = fetcher.page(&site.link("/")).await.unwrap_err();
    assert!(matches!(left, PageError::Unavailable(_)), "{left}");
}
