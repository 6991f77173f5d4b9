//! Requests to a page of a process on this machine.

use std::{net::SocketAddr, time::Duration};

use axum::http::Response;
use http_body_util::BodyExt as _;
use hyper::body::Bytes;
use tokio::{net::TcpStream, time::timeout};

/// How long a page may take.
const TIMEOUT: Duration = Duration::from_secs(10);

type Error = Box<dyn std::error::Error + Send + Sync>;

/// The response of the page at `path`.
///
/// # Errors
/// If no complete response comes within 10 s.
pub async fn get(address: SocketAddr, path: &str) -> Result<Response<Bytes>, Error> {
    timeout(TIMEOUT, request(address, path)).await.map_err(|_| "no answer within 10 s")?
}

async fn request(address: SocketAddr, path: &str) -> Result<Response<Bytes>, Error> {
    let io = hyper_util::rt::TokioIo::new(TcpStream::connect(address).await?);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
    let connection = tokio::spawn(connection);
    let request =
        hyper::Request::get(path).header(hyper::header::HOST, "localhost").body(String::new())?;
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    connection.abort();
    Ok(Response::from_parts(head, body))
}
