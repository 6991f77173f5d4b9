//! Roles that a person starts by hand: their output is enough to use them.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, ChildStdout, Stdio},
    time::Duration,
};

use testkit::{
    bot_api::FakeBotApi,
    chaos_proxy::{NetworkFault, RemoteProxy},
};

use crate::program;

/// A role that runs until it is dropped.
struct Running {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Running {
    fn start(args: &[&str]) -> Self {
        let mut child = program(args).stdout(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        Self { child, said }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn fake_bot_api_role_prints_its_address() {
    let mut fake = Running::start(&["role", "bot-api", "--listen", "127.0.0.1:0"]);
    let url = fake.line();
    let url = url.strip_prefix("TELOXIDE_API_URL=http://").unwrap();
    let token = fake.line();
    let token = token.strip_prefix("TELOXIDE_TOKEN=").unwrap();

    let mut chaos = Running::start(&["role", "chaos", "--to", url]);
    let at = chaos.line();
    let (at, _) = at.split_once(" leads to ").unwrap();
    let weather = chaos.line();
    let (_, controls) = weather.split_once("http").unwrap();

    let through = FakeBotApi::at(format!("http://{at}").parse().unwrap(), token);
    let none = serde_json::json!({});
    let me = through.call("getMe", &none).await.unwrap();
    assert!(me.text().contains("\"is_bot\":true"), "{}", me.text());

    let remote = RemoteProxy::at(format!("http{controls}").parse().unwrap());
    remote.set_fault(NetworkFault::Reset).await;
    let patience = Duration::from_secs(10);
    let cut = tokio::time::timeout(patience, through.call("getMe", &none)).await;
    assert!(cut.unwrap().is_err());
}
