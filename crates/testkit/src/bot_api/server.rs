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
    control,
    fake::Fake,
    fault::{Answer, Effect, Play},
    limits,
    line::{Line, Lines},
    methods::{self, Asked, Done},
    model::{Answered, Call},
    page, polling,
    refusal::Refusal,
    request::Params,
    webhook,
};

/// Serves until the future is dropped.
pub(super) async fn serve(listener: TcpListener, fake: Arc<Fake>) -> std::io::Result<()> {
    let delivering = webhook::deliver(Arc::clone(&fake));
    let router = router(fake).into_make_service_with_connect_info::<Line>();
    tokio::select! {
        () = delivering => Ok(()),
        served = axum::serve(Lines(listener), router) => served,
    }
}

fn router(fake: Arc<Fake>) -> Router {
    Router::new()
        .route("/{bot}/{method}", any(call))
        .route("/file/{bot}/{*path}", get(download))
        .merge(control::routes())
        .merge(page::routes())
        // Ten photos of 10 MB and the multipart overhead.
        .layer(DefaultBodyLimit::max(
            2 * limits::UPLOAD_BYTES + 1024 * 1024,
        ))
        .with_state(fake)
}

async fn call(
    State(fake): State<Arc<Fake>>,
    ConnectInfo(line): ConnectInfo<Line>,
    Path((bot, method)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !is_ours(&fake, &bot) {
        return refused(&Refusal::unauthorized());
    }
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let params = Params::read(query.as_deref(), kind.unwrap_or_default(), body).await;
    let params = match params {
        Ok(params) => params,
        Err(refusal) => return refused(&refusal),
    };
    let (open, play) = Open::begin(&fake, &method, &params);
    let play = play.unwrap_or(Play {
        effect: Effect::Whole,
        answer: Answer::Honest,
        delay: Duration::ZERO,
    });
    tokio::time::sleep(play.delay).await;
    let done = match play.effect {
        Effect::None => Ok(Done::default()),
        Effect::Part(_) | Effect::Whole => open.carry_out(&params, play.effect).await,
    };
    answer(open, play.answer, done, &line).await
}

/// A call in progress. If it is dropped before its answer, the caller had disconnected.
struct Open {
    fake: Arc<Fake>,
    number: u64,
    method: String,
    closed: bool,
}

impl Open {
    /// Records the call, and finds its fault.
    fn begin(fake: &Arc<Fake>, method: &str, params: &Params) -> (Self, Option<Play>) {
        let (number, play) = fake.change(|world, now| {
            let number = world.calls.len() as u64 + 1;
            let chat = methods::chat_of(params);
            let play = world.faults.next(method, chat);
            world.calls.push(Call {
                number,
                method: method.to_owned(),
                chat,
                params: params.describe(),
                at: now.moment(),
                answered_at: None,
                answer: Answered::Open,
                messages: Vec::new(),
                faulty: play.is_some(),
            });
            (number, play)
        });
        let open = Self {
            fake: Arc::clone(fake),
            number,
            method: method.to_owned(),
            closed: false,
        };
        (open, play)
    }

    async fn carry_out(&self, params: &Params, effect: Effect) -> Result<Done, Refusal> {
        if self.method.eq_ignore_ascii_case("getUpdates") {
            let updates = polling::poll(&self.fake, params).await?;
            return Ok(Done {
                result: updates.into(),
                ..Done::default()
            });
        }
        self.fake.change(|world, now| {
            let asked = Asked {
                method: &self.method,
                params,
                call: self.number,
                now,
                effect,
            };
            let done = methods::perform(world, &asked)?;
            self.note(world, |call| call.messages.clone_from(&done.messages));
            Ok(done)
        })
    }

    /// Records the answer.
    fn close(mut self, answer: Answered) {
        self.closed = true;
        self.fake.change(|world, now| {
            self.note(world, |call| {
                call.answered_at = (answer != Answered::Nothing).then(|| now.moment());
                call.answer = answer;
            });
        });
    }

    fn note(&self, world: &mut super::world::World, with: impl FnOnce(&mut Call)) {
        let index = usize::try_from(self.number - 1).unwrap_or(usize::MAX);
        if let Some(call) = world.calls.get_mut(index) {
            with(call);
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if !self.closed {
            self.fake
                .change(|world, _| self.note(world, |call| call.answer = Answered::Nothing));
        }
    }
}

/// Responds as the fault says.
async fn answer(open: Open, answer: Answer, done: Result<Done, Refusal>, line: &Line) -> Response {
    match answer {
        Answer::Honest => honest(open, done),
        Answer::Refusal {
            code,
            description,
            retry_after,
        } => {
            open.close(Answered::Faulty(description.clone()));
            refused(&Refusal {
                code,
                description,
                retry_after,
            })
        }
        Answer::Html => {
            open.close(Answered::Faulty("a page of HTML".to_owned()));
            let page =
                "<html><head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body></html>";
            (StatusCode::BAD_GATEWAY, [(CONTENT_TYPE, "text/html")], page).into_response()
        }
        Answer::HalfJson => {
            open.close(Answered::Faulty("half of the JSON".to_owned()));
            let whole =
                json!({ "ok": true, "result": done.unwrap_or_default().result }).to_string();
            let mut half = whole.len() / 2;
            while !whole.is_char_boundary(half) {
                half -= 1;
            }
            reply(200, whole[..half].to_owned())
        }
        Answer::Cut => {
            open.close(Answered::Nothing);
            line.cut();
            StatusCode::OK.into_response()
        }
        Answer::Silence => {
            // Ends when the caller disconnects: then `open` is dropped and recorded as unanswered.
            std::future::pending::<()>().await;
            drop(open);
            StatusCode::OK.into_response()
        }
    }
}

fn honest(open: Open, done: Result<Done, Refusal>) -> Response {
    match done {
        Ok(done) => {
            open.close(Answered::Ok);
            reply(
                200,
                json!({ "ok": true, "result": done.result }).to_string(),
            )
        }
        Err(refusal) => {
            open.close(Answered::Refused {
                code: refusal.code,
                description: refusal.description.clone(),
            });
            refused(&refusal)
        }
    }
}

fn refused(refusal: &Refusal) -> Response {
    reply(refusal.code, refusal.body().to_string())
}

fn reply(code: u16, body: String) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (
        status,
        [(CONTENT_TYPE, "application/json")],
        Body::from(body),
    )
        .into_response()
}

fn is_ours(fake: &Fake, bot: &str) -> bool {
    let token = bot.strip_prefix("bot");
    token.is_some_and(|token| fake.look(|world, _| world.options.token == token))
}

async fn download(
    State(fake): State<Arc<Fake>>,
    Path((bot, path)): Path<(String, String)>,
) -> Response {
    if !is_ours(&fake, &bot) {
        return refused(&Refusal::unauthorized());
    }
    // Clients differ in whether they percent-encode the slash of a `file_path`.
    let file = path.strip_prefix("files/").unwrap_or_default();
    match fake.look(|world, _| world.files.get(file).cloned()) {
        Some(stored) => stored.bytes.into_response(),
        None => refused(&Refusal::not_found()),
    }
}

/// A successful response of a control.
pub(super) fn told(value: &Value) -> Response {
    reply(200, value.to_string())
}
