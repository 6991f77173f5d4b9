//! PyPI's `llmock`, a third-party model server.

use std::{process::Command, time::Duration};

use serde_json::{Value, json};

use crate::{
    http::{HttpRequest, HttpResponse},
    pypi_server::PypiServer,
};

/// A running server. Dropping it ends it.
pub struct Llmock(PypiServer);

impl Llmock {
    /// Starts a server; `None`, with a line on stderr, if it can't be installed.
    pub fn start() -> Option<Self> {
        let server = PypiServer::start("llmock==0.2.2", |programs, port| {
            let mut command = Command::new(programs.join("llmock"));
            command.args(["serve", "--host", "127.0.0.1", "--port"]).arg(port.to_string());
            command
        });
        server.map(Self)
    }

    /// The environment variables that make an application use this server.
    pub fn env(&self) -> [(&'static str, String); 2] {
        let address = format!("{}/v1", self.0.url());
        [("OPENAI_BASE_URL", address), ("OPENAI_API_KEY", "key".into())]
    }

    /// Queues behaviors in llmock's own format.
    pub async fn script(&self, behaviors: &[Value]) {
        let body = json!({ "behaviors": behaviors });
        let answer = send(HttpRequest::post_json(self.at("scenario"), &body)).await;
        assert!(answer.text().contains("queued"), "{}", answer.text());
    }

    /// The number of answered requests.
    pub async fn calls(&self) -> usize {
        let answer = send(HttpRequest::get(self.at("requests"))).await;
        let json: Value = answer.json().expect("llmock answers in JSON");
        json["requests"].as_array().map_or(0, Vec::len)
    }

    fn at(&self, control: &str) -> url::Url {
        format!("{}/_llmock/{control}", self.0.url()).parse().expect("a URL")
    }
}

async fn send(request: HttpRequest) -> HttpResponse {
    request.send(Duration::from_secs(30)).await.expect("llmock answers")
}
