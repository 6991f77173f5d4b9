//! The HTTP API: requests of other programs, on a listener of its own. [`crate::requests`] carries them out.
//!
//! ```text
//! connection → observe (request id, trace, time limit, metrics) → token and scope → handler → RequestService
//! ```

mod auth;
mod body;
mod brand;
mod carousels;
mod changes;
mod events;
mod files;
mod idempotency;
mod mcp;
mod observe;
mod openapi;
mod previews;
mod problem;
mod progress;
pub(crate) mod sessions;
mod slides;
mod themes;
pub(crate) mod tokens;
mod views;
mod webhooks;

use std::{net::SocketAddr, num::NonZeroU32, sync::Arc};

use ::metrics::Metrics;
use axum::{Router, body::Bytes, http::HeaderValue};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use runtime::{
    http::{Port, PortError},
    metrics::ProcessMetrics,
    settings::{ApiSettings, Settings},
    shutdown::Shutdown,
};
use sandbox::{ParserProgram, Sandbox, SandboxLimits};
use tokio::{sync::Semaphore, task::JoinHandle};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::{event_requests::EventRequestHandler, requests::RequestService, studio};

pub use mcp::serve_stdio;
pub use openapi::document;

/// The default address in `cargo dev`.
pub const DEV_ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9467);

/// Open streams of progress: a quarter of the listener's connections.
const STREAMS: usize = 64;

/// Previews that are drawn at once: each takes a core.
const PREVIEWS: usize = 2;

/// What all handlers share. Cheap to clone.
#[derive(Clone)]
struct ApiState(Arc<ApiShared>);

struct ApiShared {
    service: RequestService,
    events: EventRequestHandler,
    sandbox: Sandbox,
    calls: DefaultKeyedRateLimiter<String>,
    streams: Arc<Semaphore>,
    exports: Semaphore,
    /// Previews that are drawn at once.
    drawing: Arc<Semaphore>,
    has_bot: bool,
    themes: themes::ThemePictures,
    /// The OpenAPI description, as JSON. Anyone may read it, so it is made once.
    description: Bytes,
    upload_bytes_per_day: Option<u64>,
    metrics: Arc<Metrics>,
    shutdown: Shutdown,
}

impl std::ops::Deref for ApiState {
    type Target = ApiShared;

    fn deref(&self) -> &ApiShared {
        &self.0
    }
}

impl ApiState {
    /// Refuses a call that comes too soon after others that count for the same `key`.
    fn check_rate(&self, key: &str) -> Result<(), problem::ApiProblem> {
        self.calls.check_key(&key.to_owned()).map_err(|limited| {
            let wait = limited.wait_time_from(DefaultClock::default().now());
            problem::ApiProblem::TooManyCalls { wait_seconds: wait.as_secs() + 1 }
        })
    }
}

/// Binds the API's port, if the settings or the program name an address.
///
/// # Errors
/// [`PortError`] if it is in use or not permitted.
pub async fn bind(
    settings: &ApiSettings,
    default: Option<SocketAddr>,
) -> Result<Option<Port>, PortError> {
    match settings.address.or(default) {
        Some(address) => Port::bind_api(address).await.map(Some),
        None => Ok(None),
    }
}

/// Serves the API until `shutdown` begins. `parser` reads uploaded files.
pub fn start(
    port: Port,
    settings: &Settings,
    service: RequestService,
    metrics: &ProcessMetrics,
    shutdown: &Shutdown,
    parser: ParserProgram,
) -> JoinHandle<std::io::Result<()>> {
    let per_second = settings.api.calls_per_second;
    let burst = per_second.saturating_mul(NonZeroU32::MIN.saturating_add(1));
    let state = ApiState(Arc::new(ApiShared {
        events: EventRequestHandler::new(service.clone(), settings),
        service,
        sandbox: Sandbox::new(parser, SandboxLimits::default()),
        calls: RateLimiter::keyed(Quota::per_second(per_second).allow_burst(burst)),
        streams: Arc::new(Semaphore::new(STREAMS)),
        exports: Semaphore::new(files::EXPORTS),
        drawing: Arc::new(Semaphore::new(PREVIEWS)),
        has_bot: settings.telegram.token.is_some(),
        themes: themes::ThemePictures::default(),
        description: serde_json::to_vec(&document()).expect("it is plain data").into(),
        upload_bytes_per_day: settings.quota.upload_bytes_per_day,
        metrics: metrics.ours().clone(),
        shutdown: shutdown.clone(),
    }));
    tracing::info!("the API at http://{}", port.address());
    let router = router(state, &settings.api.origins);
    tokio::spawn(port.serve(router, shutdown.clone()))
}

fn router(state: ApiState, origins: &[String]) -> Router {
    let (routes, _) = openapi::routes().split_for_parts();
    let routes = routes
        .route("/v1/openapi.json", axum::routing::get(openapi::show))
        .fallback(problem::no_route)
        .method_not_allowed_fallback(problem::no_method);
    let authenticating = axum::middleware::from_fn_with_state(state.clone(), mcp::authenticate);
    let tools = Router::new().route_service(mcp::PATH, mcp::http(&state)).layer(authenticating);
    let routes = routes.merge(tools).merge(studio::routes());
    let routes = match cors(origins) {
        Some(cors) => routes.layer(cors),
        None => routes,
    };
    let observing = axum::middleware::from_fn_with_state(state.clone(), observe::observe);
    routes.layer(observing).with_state(state)
}

/// `None` if no web page may call the API.
fn cors(origins: &[String]) -> Option<CorsLayer> {
    use axum::http::{Method, header};
    let origins: Vec<HeaderValue> =
        origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    if origins.is_empty() {
        return None;
    }
    let headers = [
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        idempotency::HEADER,
        progress::LAST_EVENT_ID,
        observe::REQUEST_ID,
    ];
    let shown = [header::ETAG, header::LOCATION, header::RETRY_AFTER, observe::REQUEST_ID];
    Some(
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::PUT, Method::DELETE])
            .allow_headers(headers)
            .expose_headers(shown),
    )
}
