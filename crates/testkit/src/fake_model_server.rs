//! A fake model server: it answers what a test scripts, byte for byte where that matters, and
//! records the requests. It speaks OpenAI's and Anthropic's protocols.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use domain::Language;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use crate::schema_filler;

/// The name of the server's model.
const FAKE_MODEL: &str = "test-model";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelProtocol {
    OpenAi,
    Anthropic,
}

#[derive(Debug, Clone)]
pub enum ModelResponse {
    /// A well-formed reply in this language.
    Write(Language),
    /// A well-formed reply, with this text at this JSON pointer if the reply has the field.
    WriteField(Language, &'static str, String),
    /// A well-formed reply of these sentences.
    WriteFrom(Vec<String>),
    Text(String),
    /// A reply in the requested shape with this text, cut to the length limit, in every string: a
    /// model that follows a prompt injection.
    Repeat(String),
    /// Status, headers and body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// A `content-length` for the whole body, and half of the body.
    HalfBody(String),
    /// Closes the connection without a response.
    Drop,
    /// Never responds.
    Hang,
}

#[derive(Debug, Clone)]
pub struct RecordedRequest {
    pub path: String,
    /// Name (lower case) and value.
    pub headers: Vec<(String, String)>,
    /// The body; `Null` if it is not JSON.
    pub body: Value,
}

/// A running server on this machine. Dropping it ends it.
pub struct FakeModelServer {
    address: SocketAddr,
    wire: ModelProtocol,
    shared: Arc<FakeModelState>,
    serving: JoinHandle<()>,
}

struct FakeModelState {
    wire: ModelProtocol,
    script: Mutex<VecDeque<ModelResponse>>,
    otherwise: Mutex<ModelResponse>,
    seen: Mutex<Vec<RecordedRequest>>,
}

impl FakeModelServer {
    /// Starts a server that writes well-formed English by default.
    pub async fn start(wire: ModelProtocol) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        Self::on(listener, wire)
    }

    pub fn on(listener: TcpListener, wire: ModelProtocol) -> Self {
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(FakeModelState {
            wire,
            script: Mutex::default(),
            otherwise: Mutex::new(ModelResponse::Write(Language::En)),
            seen: Mutex::default(),
        });
        let served = shared.clone();
        let serving = tokio::spawn(async move {
            // Dropping the server ends all open connections.
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.spawn(serve(stream, served.clone()));
            }
        });
        Self { address, wire, shared, serving }
    }

    /// Appends responses, one per request.
    pub fn script(&self, acts: impl IntoIterator<Item = ModelResponse>) {
        lock(&self.shared.script).extend(acts);
    }

    /// Sets the response after the script has ended.
    pub fn set_default_response(&self, act: ModelResponse) {
        *lock(&self.shared.otherwise) = act;
    }

    /// Clears the script and the recorded requests.
    pub fn reset(&self) {
        lock(&self.shared.script).clear();
        lock(&self.shared.seen).clear();
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.shared.seen).clone()
    }

    /// The number of requests so far.
    pub fn calls(&self) -> usize {
        lock(&self.shared.seen).len()
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The environment variables that make an application use this server.
    pub fn env(&self) -> [(&'static str, String); 3] {
        let address = format!("http://{}/v1", self.address);
        let [url, key, model] = match self.wire {
            ModelProtocol::OpenAi => ["OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_MODEL"],
            ModelProtocol::Anthropic => {
                ["ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_MODEL"]
            }
        };
        [(url, address), (key, "key".to_owned()), (model, FAKE_MODEL.to_owned())]
    }
}

impl Drop for FakeModelServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl RecordedRequest {
    /// The text of all messages of the request.
    pub fn prompt_text(&self) -> String {
        let system = self.body["system"].as_str().unwrap_or_default();
        let messages = self.body["messages"].as_array().cloned().unwrap_or_default();
        let contents = messages.iter().filter_map(|m| m["content"].as_str());
        let all: Vec<&str> = std::iter::once(system).chain(contents).collect();
        all.join("\n")
    }

    /// The JSON Schema that the reply has to fit.
    pub fn schema(&self) -> &Value {
        let openai = &self.body["response_format"]["json_schema"]["schema"];
        if openai.is_null() { &self.body["output_config"]["format"]["schema"] } else { openai }
    }
}

/// One request per connection (`connection: close`), which keeps the server simple.
async fn serve(mut stream: TcpStream, shared: Arc<FakeModelState>) {
    let Some(seen) = receive(&mut stream).await else {
        return;
    };
    lock(&shared.seen).push(seen.clone());
    let act = lock(&shared.script).pop_front();
    let act = act.unwrap_or_else(|| lock(&shared.otherwise).clone());
    let said = |text: String| (200, Vec::new(), envelope(shared.wire, &text));
    let (status, headers, body) = match act {
        ModelResponse::Write(language) => {
            said(schema_filler::write(seen.schema(), language).to_string())
        }
        ModelResponse::WriteFrom(sentences) => {
            said(schema_filler::write_from(seen.schema(), sentences).to_string())
        }
        ModelResponse::WriteField(language, pointer, text) => {
            let mut reply = schema_filler::write(seen.schema(), language);
            if let Some(field) = reply.pointer_mut(pointer) {
                *field = text.into();
            }
            said(reply.to_string())
        }
        ModelResponse::Text(text) => said(text),
        ModelResponse::Repeat(text) => {
            said(schema_filler::repeat(seen.schema(), &text).to_string())
        }
        ModelResponse::Answer(status, headers, body) => (status, headers, body),
        ModelResponse::HalfBody(body) => {
            let head = head(200, &[], body.len());
            let half = &body.as_bytes()[..body.len() / 2];
            let _ = stream.write_all(&[head.as_bytes(), half].concat()).await;
            return;
        }
        ModelResponse::Drop => return,
        ModelResponse::Hang => {
            // Until the client closes the connection.
            let _ = stream.read(&mut [0; 1]).await;
            return;
        }
    };
    let head = head(status, &headers, body.len());
    let _ = stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await;
    let _ = stream.shutdown().await;
}

fn head(status: u16, headers: &[(&'static str, String)], length: usize) -> String {
    let mut head =
        format!("HTTP/1.1 {status} Whatever\r\ncontent-length: {length}\r\nconnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "content-type") {
        head.push_str("content-type: application/json\r\n");
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head + "\r\n"
}

async fn receive(stream: &mut TcpStream) -> Option<RecordedRequest> {
    let mut raw = Vec::new();
    let end = loop {
        if let Some(at) = raw.windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut raw).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&raw[..end]).into_owned();
    let mut lines = head.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.and_then(|(_, v)| v.parse().ok()).unwrap_or(0);
    while raw.len() < end + length {
        if stream.read_buf(&mut raw).await.ok()? == 0 {
            return None;
        }
    }
    Some(RecordedRequest {
        path,
        headers,
        body: serde_json::from_slice(&raw[end..]).unwrap_or_default(),
    })
}

/// The model's text in the protocol's response format.
pub fn envelope(wire: ModelProtocol, text: &str) -> String {
    match wire {
        ModelProtocol::OpenAi => json!({
            "id": "x", "object": "chat.completion", "created": 1, "model": FAKE_MODEL,
            "choices": [{
                "index": 0, "finish_reason": "stop",
                "message": {"role": "assistant", "content": text},
            }],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500},
            // A transcription's response has this field.
            "text": text,
        }),
        ModelProtocol::Anthropic => json!({
            "id": "x", "type": "message", "role": "assistant", "model": FAKE_MODEL,
            "content": [{"type": "text", "text": text}],
            "stop_reason": "end_turn", "stop_sequence": null,
            "usage": {"input_tokens": 1000, "output_tokens": 500},
        }),
    }
    .to_string()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("no test panics while it holds this")
}
