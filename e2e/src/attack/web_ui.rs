//! `console`: topics with markup, checked in Temporal's Web UI with a browser. Needs Chromium and
//! its driver.

use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use testkit::{
    PortReservation,
    cluster::{Cluster, ClusterPlan},
    http::HttpRequest,
};
use tokio::time::sleep;
use url::Url;

use super::AttackRow;
use crate::cli::note;

/// The deadline for a page to show the expected text.
const PATIENCE: Duration = Duration::from_secs(90);

/// The text in each topic that shows that a page has rendered it.
const MARK: &str = "Evilmark";

/// Topics with markup that earlier versions rendered as links, pictures and boxes.
const TOPICS: [&str; 4] = [
    "Evilmark [click me](https://evil.example/a) and <a href='https://evil.example/b'>here</a>",
    "Evilmark https://evil.example/c www.evil.example evil.example/d admin@evil.example",
    "Evilmark ![pixel](https://evil.example/e.png) <img src='https://evil.example/f.png'>",
    "Evilmark <details open><summary>more</summary>Evilmark inside</details> words",
];

/// Collects the elements of a document that came from a topic.
const LOOK: &str = "
    const evil = (text) => text.includes('evil.example');
    const all = (what) => [...document.querySelectorAll(what)];
    return {
        text: document.body ? document.body.innerText : '',
        frames: document.querySelectorAll('iframe').length,
        live: all('a[href]').map((a) => a.href).filter(evil)
            .concat(all('img').map((i) => i.src).filter(evil))
            .concat(all('details').map((d) => d.textContent).filter((t) => t.includes('Evilmark'))),
    };";

pub(super) async fn run(short: bool) -> anyhow::Result<Vec<AttackRow>> {
    let attack = "topics with links, pictures and <details>, in the Web UI".to_owned();
    let limit = "none of them is live".to_owned();
    if !installed("chromium") || !installed("chromedriver") {
        note(
            "skipped: Chromium and its driver are not installed (Debian: chromium chromium-driver)",
        );
        let measured = "skipped: no Chromium here".to_owned();
        let held = true;
        return Ok(vec![AttackRow { attack, limit, measured, held }]);
    }
    let program = std::env::current_exe().context("the path of this program")?;
    let cluster = ClusterPlan::new(program).start().await?;
    let topics = if short { &TOPICS[..2] } else { &TOPICS[..] };
    let mut ids = Vec::new();
    for (n, topic) in topics.iter().enumerate() {
        ids.push(cluster.order(&format!("console-{n}"), topic).await?.id);
    }
    let browser = Browser::start().await?;
    let mut live = Vec::new();
    for (url, shown) in pages(&cluster, &ids)? {
        live.extend(browser.live(&url, shown).await?);
    }
    Ok(vec![AttackRow {
        attack,
        limit,
        measured: format!("{} live in {} pages {}", live.len(), ids.len() + 1, live.join(", ")),
        held: live.is_empty(),
    }])
}

fn installed(program: &str) -> bool {
    let quiet = |command: &mut Command| {
        let command = command.arg("--version").stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null()).status()
    };
    quiet(&mut Command::new(program)).is_ok_and(|status| status.success())
}

/// The workflow list, which shows ids, and each workflow's own page, which shows its summary; each
/// with the text that it has to show before it is checked.
fn pages<'a>(cluster: &Cluster, ids: &'a [String]) -> anyhow::Result<Vec<(Url, &'a str)>> {
    let target = cluster.temporal();
    let list = target.ui.join("/namespaces/default/workflows")?;
    let first = ids.first().map_or(MARK, String::as_str);
    let mut pages = vec![(list, first)];
    for id in ids {
        pages.push((Url::parse(&target.ui_link(id, None))?, MARK));
    }
    Ok(pages)
}

/// A headless Chromium, driven over WebDriver.
struct Browser {
    driver: Child,
    session: Url,
    _port: PortReservation,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Browser {
    async fn start() -> anyhow::Result<Self> {
        let reserved = PortReservation::of(1);
        let port = reserved.port(0);
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let base = Url::parse(&format!("http://127.0.0.1:{port}/session/"))?;
        let mut browser = Self { driver, session: base.clone(), _port: reserved };
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "pageLoadStrategy": "none",
            "goog:chromeOptions": { "args":
                ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,2400"] },
        } } });
        let at = Url::parse(&format!("http://127.0.0.1:{port}/session"))?;
        let began = Instant::now();
        let made = loop {
            match send(at.clone(), &wanted).await {
                Ok(made) => break made,
                Err(error) if began.elapsed() > PATIENCE => return Err(error),
                Err(_) => sleep(Duration::from_millis(200)).await,
            }
        };
        let id = made["sessionId"].as_str().context("a session has an id")?;
        browser.session = base.join(&format!("{id}/"))?;
        Ok(browser)
    }

    async fn call(&self, what: &str, body: &Value) -> anyhow::Result<Value> {
        send(self.session.join(what)?, body).await
    }

    /// The active elements that came from a topic, once the page shows `mark`.
    async fn live(&self, page: &Url, mark: &str) -> anyhow::Result<Vec<String>> {
        self.call("url", &json!({ "url": page.as_str() })).await?;
        let began = Instant::now();
        let mut shown = 0;
        loop {
            let (text, live) = self.look().await?;
            // Twice, because the details are rendered after the summary.
            shown += u32::from(text.contains(mark));
            if shown > 4 || !live.is_empty() {
                return Ok(live);
            }
            if began.elapsed() > PATIENCE {
                bail!("{page} did not show “{mark}”; its text: {text}");
            }
            sleep(Duration::from_millis(500)).await;
        }
    }

    /// The text and the active elements of the page and its frames.
    async fn look(&self) -> anyhow::Result<(String, Vec<String>)> {
        let script = json!({ "script": LOOK, "args": [] });
        self.call("frame", &json!({ "id": null })).await?;
        let page = self.call("execute/sync", &script).await?;
        let frames = page["frames"].as_u64().unwrap_or_default();
        let mut documents = vec![page];
        for frame in 0..frames {
            // A frame may have been removed by now.
            if self.call("frame", &json!({ "id": frame })).await.is_ok() {
                documents.push(self.call("execute/sync", &script).await?);
            }
            self.call("frame", &json!({ "id": null })).await?;
        }
        let mut text = String::new();
        let mut live = Vec::new();
        for document in documents {
            text.push_str(document["text"].as_str().unwrap_or_default());
            let found = document["live"].as_array().into_iter().flatten();
            live.extend(found.filter_map(Value::as_str).map(str::to_owned));
        }
        Ok((text, live))
    }
}

async fn send(url: Url, body: &Value) -> anyhow::Result<Value> {
    let answer = HttpRequest::post_json(url, body).send(PATIENCE).await?;
    let value: Value = serde_json::from_slice(&answer.body)?;
    if answer.status != 200 {
        bail!("the browser's driver: {}", value["value"]["message"]);
    }
    Ok(value["value"].clone())
}
