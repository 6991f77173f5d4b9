//! The codec endpoint on the operator's port: decrypts payloads for the Web UI and the `temporal`
//! program, which call `POST /codec/decode` and `/codec/encode` as Temporal specifies it.
//!
//! Programs send the token as `Authorization: Bearer …`. The Web UI can't pass a token to the
//! browser, so `/codec/login` sets a cookie, which is valid for calls from the Web UI's origin
//! only. Payloads are never logged.

mod session;
mod wire;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::SystemTime,
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
            ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
            AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, LOCATION,
            ORIGIN, SET_COOKIE, VARY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
        },
    },
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use runtime::{
    codec::{Codec, CodecError},
    settings::{self, Secret, Settings},
};
use session::BrowserSessions;
use subtle::ConstantTimeEq as _;
use temporalio_protos::temporal::api::common::v1::Payload;
use url::Url;

/// Largest request body: Temporal's message limit of 4 MiB in base64, with headroom.
const BODY_BYTES: usize = 8 * 1024 * 1024;
/// Largest login body.
const LOGIN_BYTES: usize = 2 * 1024;
const PATH: &str = "/codec";

/// The URL of the endpoint in a process that listens at `default` unless configured otherwise;
/// `None` if the endpoint is off.
pub fn endpoint(settings: &Settings, default: SocketAddr) -> Option<Url> {
    settings.temporal.codec_token.as_ref()?;
    let mut address = settings.http.unwrap_or(default);
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    let known = settings.temporal.codec.encrypts() && address.port() != 0;
    known.then(|| Url::parse(&format!("http://{address}{PATH}")).ok())?
}

/// The endpoint's routes; none without keys or a token. `ui` is the Web UI's address.
pub fn routes(settings: &settings::TemporalSettings, ui: &Url) -> Router {
    let Some(token) = settings.codec_token.clone() else {
        return Router::new();
    };
    if !settings.codec.encrypts() {
        tracing::warn!(
            "TEMPORAL_CODEC_TOKEN is set without TEMPORAL_CODEC_KEYS: no codec endpoint"
        );
        return Router::new();
    }
    let door = CodecEndpoint {
        codec: settings.codec.clone(),
        sessions: BrowserSessions::new(&token),
        token,
        origin: ui.origin().ascii_serialization(),
        ui: ui.clone(),
    };
    Router::new()
        .route("/codec/decode", post(decode).options(preflight))
        .route("/codec/encode", post(encode).options(preflight))
        .route("/codec/login", get(show_login).post(login))
        .with_state(Arc::new(door))
}

struct CodecEndpoint {
    codec: Codec,
    token: Secret,
    sessions: BrowserSessions,
    /// The only origin with scripts that may read decrypted payloads.
    origin: String,
    ui: Url,
}

type SharedEndpoint = State<Arc<CodecEndpoint>>;

async fn decode(State(door): SharedEndpoint, request: Request) -> Response {
    door.convert(request, Codec::decrypt).await
}

async fn encode(State(door): SharedEndpoint, request: Request) -> Response {
    door.convert(request, Codec::encrypt).await
}

/// The browser's preflight request: allowed for the Web UI's origin only.
async fn preflight(State(door): SharedEndpoint, headers: HeaderMap) -> Response {
    if !door.is_web_ui_origin(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let allowed = [
        (ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, x-namespace"),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    door.with_cors_headers(&headers, (StatusCode::NO_CONTENT, allowed).into_response())
}

/// A form for the token, without scripts or external resources.
async fn show_login() -> Response {
    let policy = "default-src 'none'; form-action *; frame-ancestors 'none'";
    let page = Html(include_str!("codec/login.html"));
    ([(CONTENT_SECURITY_POLICY, policy)], page).into_response()
}

async fn login(State(door): SharedEndpoint, request: Request) -> Response {
    let secure = request
        .headers()
        .get("x-forwarded-proto")
        .is_some_and(|proto| proto.as_bytes() == b"https");
    let Ok(body) = to_bytes(request.into_body(), LOGIN_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let given = url::form_urlencoded::parse(&body).find(|(name, _)| name == "token");
    let given = given.map_or_else(String::new, |(_, token)| token.trim().to_owned());
    if !door.is_token(given.as_bytes()) {
        return (StatusCode::UNAUTHORIZED, "this is not the token").into_response();
    }
    let cookie = door.sessions.create_cookie(SystemTime::now(), secure);
    let go = [(SET_COOKIE, cookie), (LOCATION, door.ui.to_string())];
    (StatusCode::SEE_OTHER, go).into_response()
}

impl CodecEndpoint {
    async fn convert(
        &self,
        request: Request,
        how: fn(&Codec, Payload) -> Result<Payload, CodecError>,
    ) -> Response {
        let headers = request.headers().clone();
        let answer = self.answer(request, how).await;
        self.with_cors_headers(&headers, answer.unwrap_or_else(IntoResponse::into_response))
    }

    async fn answer(
        &self,
        request: Request,
        how: fn(&Codec, Payload) -> Result<Payload, CodecError>,
    ) -> Result<Response, (StatusCode, String)> {
        let refused = |status: StatusCode, why: &str| Err((status, why.to_owned()));
        // Checked before the body is read.
        if !self.is_authorized(request.headers()) {
            return refused(StatusCode::UNAUTHORIZED, "log in at /codec/login first");
        }
        if !is_json(request.headers()) {
            return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send application/json");
        }
        let Ok(body) = to_bytes(request.into_body(), BODY_BYTES).await else {
            return refused(StatusCode::PAYLOAD_TOO_LARGE, "at most 8 MiB are read");
        };
        let Some(payloads) = wire::read(&body) else {
            return refused(StatusCode::BAD_REQUEST, "this is not {\"payloads\": […]}");
        };
        let converted: Result<Vec<_>, _> =
            payloads.into_iter().map(|payload| how(&self.codec, payload)).collect();
        match converted {
            Ok(payloads) => {
                let json = [(CONTENT_TYPE, "application/json")];
                Ok((json, wire::write(payloads)).into_response())
            }
            Err(error) => Err((StatusCode::BAD_REQUEST, error.to_string())),
        }
    }

    /// Whether the request has the token, or a session cookie and the Web UI's origin.
    fn is_authorized(&self, headers: &HeaderMap) -> bool {
        let bearer = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
        if let Some(given) = bearer.and_then(|value| value.strip_prefix(b"Bearer ")) {
            return self.is_token(given);
        }
        let mut cookies = headers.get_all(COOKIE).iter();
        self.is_web_ui_origin(headers)
            && cookies.any(|cookies| self.sessions.has_valid_cookie(cookies, SystemTime::now()))
    }

    fn is_token(&self, token: &[u8]) -> bool {
        token.ct_eq(self.token.expose().as_bytes()).into()
    }

    fn is_web_ui_origin(&self, headers: &HeaderMap) -> bool {
        let origin = headers.get(ORIGIN).map(HeaderValue::as_bytes);
        origin == Some(self.origin.as_bytes())
    }

    /// Adds the headers that let the Web UI read `answer` and forbid caching.
    fn with_cors_headers(&self, asked: &HeaderMap, mut answer: Response) -> Response {
        let headers = answer.headers_mut();
        let mut say = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        say(CACHE_CONTROL, "no-store");
        say(X_CONTENT_TYPE_OPTIONS, "nosniff");
        say(VARY, "Origin");
        if self.is_web_ui_origin(asked) {
            say(ACCESS_CONTROL_ALLOW_ORIGIN, &self.origin);
            say(ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
        if answer.status() == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            answer.headers_mut().insert(WWW_AUTHENTICATE, bearer);
        }
        answer
    }
}

/// Browsers send a preflight request before JSON to another origin, but not before a form.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
