//! The chaos proxy: the effect of each fault on a connection, and changes of the fault while it is
//! open.

use std::{
    io::ErrorKind,
    time::{Duration, Instant},
};

use testkit::chaos_proxy::{ChaosProxy, Direction, NetworkFault, RemoteProxy};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

/// Long enough for a byte to pass.
const MOMENT: Duration = Duration::from_millis(150);
const DEADLINE: Duration = Duration::from_secs(10);

/// A server that echoes its input, and reports it to the test.
async fn echo() -> (String, mpsc::UnboundedReceiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap().to_string();
    let (report, reports) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let report = report.clone();
            tokio::spawn(async move {
                let mut buffer = vec![0; 1024];
                while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                    let _ = report.send(buffer[..read].to_vec());
                    let _ = stream.write_all(&buffer[..read]).await;
                }
            });
        }
    });
    (at, reports)
}

async fn proxied() -> (ChaosProxy, TcpStream, mpsc::UnboundedReceiver<Vec<u8>>) {
    let (at, reports) = echo().await;
    let proxy = ChaosProxy::start(at).await;
    let stream = TcpStream::connect(proxy.at()).await.unwrap();
    (proxy, stream, reports)
}

/// The response to `said`: bytes, an end, an error, or a timeout.
async fn answer(stream: &mut TcpStream, said: &[u8]) -> Result<Vec<u8>, ErrorKind> {
    stream.write_all(said).await.map_err(|e| e.kind())?;
    read_some(stream).await
}

async fn read_some(stream: &mut TcpStream) -> Result<Vec<u8>, ErrorKind> {
    let mut buffer = vec![0; 1024];
    match tokio::time::timeout(MOMENT, stream.read(&mut buffer)).await {
        Ok(Ok(read)) => Ok(buffer[..read].to_vec()),
        Ok(Err(error)) => Err(error.kind()),
        Err(_) => Err(ErrorKind::TimedOut),
    }
}

#[tokio::test]
async fn without_fault_all_bytes_pass() {
    let (proxy, mut stream, _) = proxied().await;
    assert_eq!(answer(&mut stream, b"hello").await.unwrap(), b"hello");
    stream.shutdown().await.unwrap();
    assert_eq!(read_some(&mut stream).await.unwrap(), b"", "an end is an end");
    assert_eq!(proxy.connections(), 1);
}

#[tokio::test]
async fn reset_ends_open_and_new_connections() {
    let (proxy, mut stream, _) = proxied().await;
    answer(&mut stream, b"hello").await.unwrap();
    proxy.set_fault(NetworkFault::Reset);
    assert_eq!(read_some(&mut stream).await, Err(ErrorKind::ConnectionReset));
    let mut next = TcpStream::connect(proxy.at()).await.unwrap();
    assert_eq!(read_some(&mut next).await, Err(ErrorKind::ConnectionReset));
    proxy.set_fault(NetworkFault::Clear);
    let mut next = TcpStream::connect(proxy.at()).await.unwrap();
    assert_eq!(answer(&mut next, b"again").await.unwrap(), b"again");
}

#[tokio::test]
async fn black_hole_holds_bytes_until_cleared() {
    let (proxy, mut stream, _) = proxied().await;
    proxy.set_fault(NetworkFault::BlackHole);
    assert_eq!(answer(&mut stream, b"held").await, Err(ErrorKind::TimedOut));
    proxy.set_fault(NetworkFault::Clear);
    let heard = tokio::time::timeout(DEADLINE, stream.read_u32()).await;
    assert_eq!(heard.unwrap().unwrap().to_be_bytes(), *b"held");
}

#[tokio::test]
async fn one_way_passes_request_and_holds_answer() {
    let (proxy, mut stream, mut reports) = proxied().await;
    proxy.set_fault(NetworkFault::OneWay(Direction::ToServer));
    assert_eq!(answer(&mut stream, b"done?").await, Err(ErrorKind::TimedOut));
    assert_eq!(reports.recv().await.unwrap(), b"done?", "it happened");

    proxy.set_fault(NetworkFault::OneWay(Direction::ToClient));
    assert_eq!(read_some(&mut stream).await.unwrap(), b"done?");
    assert_eq!(answer(&mut stream, b"more").await, Err(ErrorKind::TimedOut));
    assert!(reports.try_recv().is_err(), "this never got there");
}

#[tokio::test]
async fn slow_delays_both_directions() {
    let (proxy, mut stream, _) = proxied().await;
    proxy.set_fault(NetworkFault::Slow(Duration::from_millis(50)));
    let began = Instant::now();
    stream.write_all(b"late").await.unwrap();
    stream.read_u32().await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(100));
}

#[tokio::test]
async fn truncated_answer_ends_after_limit() {
    let (proxy, mut stream, mut reports) = proxied().await;
    proxy.set_fault(NetworkFault::Truncated(6));
    assert_eq!(answer(&mut stream, b"1234").await.unwrap(), b"1234");
    stream.write_all(b"5678").await.unwrap();
    reports.recv().await.unwrap();
    assert_eq!(reports.recv().await.unwrap(), b"5678", "the request was whole");
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(DEADLINE, stream.read_to_end(&mut rest)).await;
    assert_eq!(ended.unwrap().unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert!(b"56".starts_with(&rest), "{rest:?}");
}

#[tokio::test]
async fn missing_server_resets_connections_until_it_starts() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = taken.local_addr().unwrap();
    drop(taken);
    let proxy = ChaosProxy::start(at.to_string()).await;
    let mut stream = TcpStream::connect(proxy.at()).await.unwrap();
    assert_eq!(read_some(&mut stream).await, Err(ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn fault_can_be_set_over_http() {
    let (upstream, _reports) = echo().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let controls = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let remote =
        RemoteProxy::at(format!("http://{}", controls.local_addr().unwrap()).parse().unwrap());
    let serving = tokio::spawn(testkit::chaos_proxy::serve(listener, upstream, controls));
    let mut stream = TcpStream::connect(at).await.unwrap();
    answer(&mut stream, b"hello").await.unwrap();
    remote.set_fault(NetworkFault::BlackHole).await;
    assert_eq!(answer(&mut stream, b"held").await, Err(ErrorKind::TimedOut));
    serving.abort();
}
