//! The Bot API over HTTP: a call is recorded, matched with faults, performed and answered.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, DefaultBodyLimit, Path, RawQuery, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::{any, get},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{
    connection::{ConnectionHandle, ResettableListener},
    control_api,
    error_response::{ErrorResponse, Result},
    fake::Fake,
    fake_model::{CallOutcome, RecordedCall},
    fault_injection::{AppliedFault, EffectPart, FaultResponse},
    methods::{self, MethodCall, MethodResult},
    page, polling,
    request::Params,
    telegram_limits, webhook,
};

/// Serves until the future is dropped.
pub(super) async fn serve(listener: TcpListener, fake: Arc<Fake>) -> std::io::Result<()> {
    let delivering = webhook::deliver(Arc::clone(&fake));
    let router = router(fake).into_make_service_with_connect_info::<ConnectionHandle>();
    tokio::select! {
        () = delivering => Ok(()),
        served = axum::serve(ResettableListener(listener), router) => served,
    }
}

fn router(fake: Arc<Fake>) -> Router {
    Router::new()
        .route("/{bot}/{method}", any(call))
        .route("/file/{bot}/{*path}", get(download))
        .merge(control_api::routes())
        .merge(page::routes())
        // Ten photos of 10 MB and the multipart overhead.
        .layer(DefaultBodyLimit::max(2 * telegram_limits::UPLOAD_BYTES + 1024 * 1024))
        .with_state(fake)
}

async fn call(
    State(fake): State<Arc<Fake>>,
    ConnectInfo(line): ConnectInfo<ConnectionHandle>,
    Path((bot, method)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !is_ours(&fake, &bot) {
        return refused(&ErrorResponse::unauthorized());
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let params = Params::read(query.as_deref(), kind.unwrap_or_default(), body).await;
    let params = match params {
        Ok(params) => params,
        Err(refusal) => return refused(&refusal),
    };
    let (open, play) = OpenCall::begin(&fake, &method, &params);
    let play = play.unwrap_or(AppliedFault {
        effect: EffectPart::Whole,
        answer: FaultResponse::Honest,
        delay: Duration::ZERO,
    });
    tokio::time::sleep(play.delay).await;
    let done = match play.effect {
        EffectPart::None => Ok(MethodResult::default()),
        EffectPart::Part(_) | EffectPart::Whole => open.carry_out(&params, play.effect).await,
    };
    answer(open, play.answer, done, &line).await
}

/// A call in progress. If it is dropped before its answer, the caller had disconnected.
struct OpenCall {
    fake: Arc<Fake>,
    number: u64,
    method: String,
    closed: bool,
}

impl OpenCall {
    /// Records the call, and finds its fault.
    fn begin(fake: &Arc<Fake>, method: &str, params: &Params) -> (Self, Option<AppliedFault>) {
        let (number, play) = fake.change(|state, now| {
            let number = state.calls.len() as u64 + 1;
            let chat = methods::chat_of(params);
            let play = state.faults.next(method, chat);
            state.calls.push(RecordedCall {
                number,
                method: method.to_owned(),
                chat,
                params: params.describe(),
                at: now.moment(),
                answered_at: None,
                answer: CallOutcome::Open,
                messages: Vec::new(),
                faulty: play.is_some(),
            });
            (number, play)
        });
        let open =
            Self { fake: Arc::clone(fake), number, method: method.to_owned(), closed: false };
        (open, play)
    }

    async fn carry_out(&self, params: &Params, effect: EffectPart) -> Result<MethodResult> {
        if self.method.eq_ignore_ascii_case("getUpdates") {
            let updates = polling::poll(&self.fake, params).await?;
            return Ok(MethodResult { result: updates.into(), ..MethodResult::default() });
        }
        self.fake.change(|state, now| {
            let asked = MethodCall { method: &self.method, params, call: self.number, now, effect };
            let done = methods::perform(state, &asked)?;
            self.note(state, |call| call.messages.clone_from(&done.messages));
            Ok(done)
        })
    }

    fn close(mut self, answer: CallOutcome) {
        self.closed = true;
        self.fake.change(|state, now| {
            self.note(state, |call| {
                call.answered_at = (answer != CallOutcome::Nothing).then(|| now.moment());
                call.answer = answer;
            });
        });
    }

    fn note(&self, state: &mut super::fake_state::FakeState, with: impl FnOnce(&mut RecordedCall)) {
        let index = usize::try_from(self.number - 1).unwrap_or(usize::MAX);
        if let Some(call) = state.calls.get_mut(index) {
            with(call);
        }
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        if !self.closed {
            self.fake
                .change(|state, _| self.note(state, |call| call.answer = CallOutcome::Nothing));
        }
    }
}

/// Responds as the fault says.
async fn answer(
    open: OpenCall,
    answer: FaultResponse,
    done: Result<MethodResult>,
    line: &ConnectionHandle,
) -> Response {
    match answer {
        FaultResponse::Honest => true_response(open, done),
        FaultResponse::Refusal { code, description, retry_after } => {
            open.close(CallOutcome::Faulty(description.clone()));
            refused(&ErrorResponse { code, description, retry_after, migrated_to: None })
        }
        FaultResponse::Html => {
            open.close(CallOutcome::Faulty("a page of HTML".to_owned()));
            let page =
                "<html><head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body></html>";
            (StatusCode::BAD_GATEWAY, [(CONTENT_TYPE, "text/html")], page).into_response()
        }
        FaultResponse::HalfJson => {
            open.close(CallOutcome::Faulty("half of the JSON".to_owned()));
            let whole =
                json!({ "ok": true, "result": done.unwrap_or_default().result }).to_string();
            let mut half = whole.len() / 2;
            while !whole.is_char_boundary(half) {
                half -= 1;
            }
            reply(200, whole[..half].to_owned())
        }
        FaultResponse::Cut => {
            open.close(CallOutcome::Nothing);
            line.cut();
            StatusCode::OK.into_response()
        }
        FaultResponse::Silence => {
            // Ends when the caller disconnects: then `open` is dropped and recorded as unanswered.
            std::future::pending::<()>().await;
            drop(open);
            StatusCode::OK.into_response()
        }
    }
}

fn true_response(open: OpenCall, done: Result<MethodResult>) -> Response {
    match done {
        Ok(done) => {
            open.close(CallOutcome::Ok);
            reply(200, json!({ "ok": true, "result": done.result }).to_string())
        }
        Err(refusal) => {
            open.close(CallOutcome::Refused {
                code: refusal.code,
                description: refusal.description.clone(),
            });
            refused(&refusal)
        }
    }
}

fn refused(refusal: &ErrorResponse) -> Response {
    reply(refusal.code, refusal.body().to_string())
}

fn reply(code: u16, body: String) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(CONTENT_TYPE, "application/json")], Body::from(body)).into_response()
}

fn is_ours(fake: &Fake, bot: &str) -> bool {
    let token = bot.strip_prefix("bot");
    token.is_some_and(|token| fake.read(|state, _| state.options.token == token))
}

async fn download(
    State(fake): State<Arc<Fake>>,
    Path((bot, path)): Path<(String, String)>,
) -> Response {
    if !is_ours(&fake, &bot) {
        return refused(&ErrorResponse::unauthorized());
    }
    // Clients differ in whether they percent-encode the slash of a `file_path`.
    let file = path.strip_prefix("files/").unwrap_or_default();
    match fake.read(|state, _| state.files.get(file).cloned()) {
        Some(stored) => stored.bytes.into_response(),
        None => refused(&ErrorResponse::not_found()),
    }
}

/// A successful response of a control.
pub(super) fn ok_response(value: &Value) -> Response {
    reply(200, value.to_string())
}
