//! The ports against many, slow or silent clients.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, body::to_bytes, extract::Request, http::StatusCode, routing::post};
use runtime::{
    http::{Check, ListenerLimits, Port},
    metrics::ProcessMetrics,
    shutdown::Shutdown,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

const SHORT: ListenerLimits = ListenerLimits {
    connections: 8,
    headers: Duration::from_millis(500),
    request: Duration::from_millis(500),
    connection: Duration::from_secs(20),
    drain: Duration::from_millis(500),
};

const PATIENCE: Duration = Duration::from_secs(10);

struct Served {
    at: SocketAddr,
    shutdown: Shutdown,
    serving: JoinHandle<std::io::Result<()>>,
}

async fn served(router: Router, limits: ListenerLimits) -> Served {
    let port = Port::bind_public(SocketAddr::from(([127, 0, 0, 1], 0)));
    let port = port.await.unwrap().with_limits(limits);
    let (at, shutdown) = (port.address(), Shutdown::default());
    let serving = tokio::spawn(port.serve(router, shutdown.clone()));
    Served { at, shutdown, serving }
}

fn pages(checks: Vec<Check>) -> Router {
    Port::pages(ProcessMetrics::plain("test"), checks, Shutdown::default())
}

/// Opens a connection, sends `bytes` and leaves it open.
async fn open(at: SocketAddr, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    stream
}

/// Everything until the server closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    // A reset also ends the connection.
    let _ = read.expect("the other side closes it");
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn get(at: SocketAddr, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    rest(&mut open(at, &request).await).await
}

#[tokio::test]
async fn half_open_connections_do_not_keep_probes_out() {
    let limits = ListenerLimits { headers: PATIENCE, ..SHORT };
    let served = served(pages(Vec::new()), limits).await;
    let mut open_ones = Vec::new();
    for n in 0..100 {
        let half = ["", "GET /readyz HTTP/1.1\r\nHost:"][n % 2];
        open_ones.push(TcpStream::connect(served.at).await.unwrap());
        // A connection that was closed for another can't be written to.
        let _ = open_ones[n].write_all(half.as_bytes()).await;
    }
    let began = Instant::now();
    assert!(get(served.at, "/readyz").await.starts_with("HTTP/1.1 200"));
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test]
async fn headers_that_never_end_are_cut_off() {
    let served = served(pages(Vec::new()), SHORT).await;
    let mut silent = open(served.at, "").await;
    let mut trickling = open(served.at, "GET /healthz HTTP/1.1\r\nX-").await;
    let began = Instant::now();
    while trickling.write_all(b"a").await.is_ok() {
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(began.elapsed() < PATIENCE, "it was never cut off");
    }
    assert_eq!(rest(&mut silent).await, "");
}

#[tokio::test]
async fn idle_connection_is_closed_after_its_request() {
    let served = served(pages(Vec::new()), SHORT).await;
    let mut kept = open(served.at, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let told = rest(&mut kept).await;
    assert!(told.ends_with("ok\n"), "{told}");
}

#[tokio::test]
async fn body_that_never_ends_is_answered_with_408() {
    let reads = |request: Request| async move {
        let _ = to_bytes(request.into_body(), 1_000).await;
        StatusCode::OK
    };
    let served = served(Router::new().route("/", post(reads)), SHORT).await;
    let head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nhalf";
    let told = rest(&mut open(served.at, head).await).await;
    assert!(told.starts_with("HTTP/1.1 408"), "{told}");
}

#[tokio::test]
async fn headers_that_are_too_large_are_refused() {
    let served = served(pages(Vec::new()), SHORT).await;
    let large = format!("GET /healthz HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(200_000));
    let mut stream = TcpStream::connect(served.at).await.unwrap();
    let _ = stream.write_all(large.as_bytes()).await;
    let told = rest(&mut stream).await;
    assert!(told.is_empty() || told.starts_with("HTTP/1.1 431"), "{told}");
}

#[tokio::test]
async fn many_readiness_requests_are_one_probe() {
    let probes = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&probes);
    let check = Check::new("store", move || {
        counted.fetch_add(1, Ordering::Relaxed);
        async { Ok(()) }
    });
    let served = served(pages(vec![check]), ListenerLimits::DEFAULT).await;
    let asking = (0..50).map(|_| get(served.at, "/readyz"));
    for told in futures::future::join_all(asking).await {
        assert!(told.ends_with("store: ok\n"), "{told}");
    }
    assert_eq!(probes.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn readiness_and_metrics_show_each_dependency() {
    let failing = Check::new("queue", || async { Err("\"gone\"".to_owned()) });
    let working = Check::with_message("store", || async { Ok("2 of 2".to_owned()) });
    let served = served(pages(vec![failing, working]), ListenerLimits::DEFAULT).await;
    let told = get(served.at, "/readyz").await;
    assert!(told.starts_with("HTTP/1.1 503"), "{told}");
    assert!(told.ends_with("queue: \"gone\"\nstore: ok, 2 of 2\n"), "{told}");

    let told = get(served.at, "/readyz?json").await;
    let (_, body) = told.split_once("\r\n\r\n").unwrap();
    let report: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(report["ready"], false, "{report}");
    assert_eq!(report["dependencies"][0]["detail"], "\"gone\"", "{report}");
    assert_eq!(report["dependencies"][1]["up"], true, "{report}");

    let page = get(served.at, "/metrics").await;
    for line in [
        "vibecoder_dependency_up{dependency=\"queue\"} 0",
        "vibecoder_dependency_up{dependency=\"store\"} 1",
        "vibecoder_build_info{role=\"test\"",
        "process_resident_memory_bytes",
        "vibecoder_tokio_workers",
    ] {
        assert!(page.contains(line), "{line} is missing:\n{page}");
    }
}

#[tokio::test]
async fn shutdown_waits_only_for_requests_in_progress() {
    let (arrived, has_arrived) = oneshot::channel();
    let arrived = Arc::new(std::sync::Mutex::new(Some(arrived)));
    let slow = move || {
        let arrived = arrived.lock().unwrap().take();
        async move {
            let _ = arrived.unwrap().send(());
            tokio::time::sleep(Duration::from_millis(100)).await;
            "done"
        }
    };
    let router = Router::new().route("/", axum::routing::get(slow));
    let served = served(router, SHORT).await;
    let _silent = open(served.at, "GET / HT").await;
    let at = served.at;
    let answer = tokio::spawn(async move { get(at, "/").await });
    has_arrived.await.unwrap();
    served.shutdown.begin();
    assert!(answer.await.unwrap().ends_with("done"));
    timeout(PATIENCE, served.serving)
        .await
        .expect("half a request does not hold it up")
        .unwrap()
        .unwrap();
    assert!(TcpStream::connect(at).await.is_err(), "it is closed");
}
