//! Controls the fault of a proxy in another process, over HTTP.
//!
//! ```text
//! GET  /weather    the fault as JSON: "clear", {"slow": …}
//! POST /weather    sets the fault
//! ```

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::get,
};
use tokio::net::TcpListener;
use url::Url;

use super::{ChaosProxy, NetworkFault};
use crate::http::HttpRequest;

/// The deadline for an answer of the proxy.
const PATIENCE: Duration = Duration::from_secs(10);

/// A proxy in another process.
#[derive(Debug, Clone)]
pub struct RemoteProxy(Url);

impl RemoteProxy {
    pub fn at(controls: Url) -> Self {
        Self(controls)
    }

    pub async fn set_fault(&self, weather: NetworkFault) {
        let url = self.0.join("/weather").expect("our own path is well-formed");
        let answer = HttpRequest::post_json(url, &weather).send(PATIENCE).await;
        let answer = answer.unwrap_or_else(|e| panic!("the chaos proxy: {e}"));
        assert_eq!(answer.status, 200, "the chaos proxy: {}", answer.text());
    }
}

/// Runs a proxy on `listener` in front of `upstream`, controlled over HTTP on `controls`, until the
/// future is dropped.
pub async fn serve(
    listener: TcpListener,
    upstream: String,
    controls: TcpListener,
) -> std::io::Result<()> {
    let proxy = Arc::new(ChaosProxy::on(listener, upstream));
    let router = Router::new().route("/weather", get(show).post(set)).with_state(proxy);
    axum::serve(controls, router).await
}

async fn show(State(proxy): State<Arc<ChaosProxy>>) -> Response {
    json(proxy.fault())
}

async fn set(State(proxy): State<Arc<ChaosProxy>>, body: Bytes) -> Response {
    match serde_json::from_slice(&body) {
        Ok(weather) => {
            proxy.set_fault(weather);
            json(weather)
        }
        Err(why) => (StatusCode::BAD_REQUEST, format!("{why}\n")).into_response(),
    }
}

fn json(weather: NetworkFault) -> Response {
    let text = serde_json::to_string(&weather).expect("weather is plain data");
    ([("content-type", "application/json")], format!("{text}\n")).into_response()
}
