//! A real Chromium, driven by WebDriver (Debian's packages `chromium` and `chromium-driver`).

use std::{
    io::Write as _,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use axum::http::Method;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{eventually, http::HttpRequest};

/// Keys, as WebDriver names them.
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const CONTROL: char = '\u{e009}';

/// Longest wait for an answer of the driver.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the browser is to look and to speak.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) language: &'static str,
    pub(super) is_dark: bool,
    /// 390 pixels wide, with touch; otherwise 1280.
    pub(super) is_phone: bool,
}

pub(super) const ENGLISH: Look = Look { language: "en", is_dark: false, is_phone: false };

pub(super) struct Browser {
    driver: Child,
    /// The address of the session.
    session: String,
    origin: String,
    /// The accessibility checker's script, if it could be installed.
    axe: Option<String>,
    /// Where pictures go, and the beginning of their names.
    pictures: Option<(PathBuf, String)>,
    _profile: TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Browser {
    /// Starts a browser for pages of `origin`; `None`, with a line on stderr, if none is installed.
    pub(super) async fn start(origin: &str, look: Look) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(driver) = driver else {
            // The test harness captures `eprintln!`.
            let _ = writeln!(
                std::io::stderr(),
                "skipped: no chromedriver (apt install chromium-driver)"
            );
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        let size = if look.is_phone { "390,844" } else { "1280,900" };
        let mut chromium = json!({
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--hide-scrollbars", "--no-first-run", "--disable-background-networking",
                format!("--window-size={size}"),
                format!("--user-data-dir={}", profile.path().display()),
            ],
            "prefs": { "intl.accept_languages": look.language },
        });
        if look.is_phone {
            chromium["mobileEmulation"] = json!({
                "deviceMetrics": { "width": 390, "height": 844, "pixelRatio": 2, "touch": true },
            });
        }
        let wanted = json!({
            "goog:chromeOptions": chromium,
            "goog:loggingPrefs": { "browser": "ALL" },
            "unhandledPromptBehavior": "accept",
        });
        let mut browser = Self {
            driver,
            session: format!("http://127.0.0.1:{port}/session"),
            origin: origin.to_owned(),
            axe: testkit::axe_script(),
            pictures: None,
            _profile: profile,
        };
        let body = json!({ "capabilities": { "alwaysMatch": wanted } });
        let begin = async || browser.send(Method::POST, "", &body).await.ok();
        let made = eventually("the driver begins a session", begin).await;
        browser.session = format!("{}/{}", browser.session, made["sessionId"].as_str().unwrap());
        let scheme = if look.is_dark { "dark" } else { "light" };
        let media = json!({ "cmd": "Emulation.setEmulatedMedia", "params": {
            "features": [{ "name": "prefers-color-scheme", "value": scheme }],
        } });
        browser.command("/goog/cdp/execute", &media).await;
        Some(browser)
    }

    /// A command of the WebDriver protocol: its value, or the error's message.
    async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value, String> {
        let url = format!("{}{path}", self.session).parse().unwrap();
        let request = match method {
            Method::POST => HttpRequest::post_json(url, body),
            other => HttpRequest::new(other, url),
        };
        let answer = request.send(PATIENCE).await.map_err(|error| error.to_string())?;
        let value = answer.json::<Value>()?["value"].take();
        match answer.status {
            200 => Ok(value),
            _ => Err(value.to_string()),
        }
    }

    async fn command(&self, path: &str, body: &Value) -> Value {
        self.send(Method::POST, path, body).await.unwrap()
    }

    async fn read(&self, path: &str) -> Value {
        self.send(Method::GET, path, &Value::Null).await.unwrap()
    }

    /// Takes pictures into the folder that `STUDIO_PICTURES` names, if it does.
    pub(super) fn with_pictures(mut self, name: &str) -> Self {
        let folder = std::env::var_os("STUDIO_PICTURES").map(PathBuf::from);
        self.pictures = folder.map(|folder| (folder, name.to_owned()));
        self
    }

    pub(super) async fn open(&self, path: &str) {
        self.command("/url", &json!({ "url": format!("{}{path}", self.origin) })).await;
    }

    pub(super) async fn run(&self, script: &str) -> Value {
        self.command("/execute/sync", &json!({ "script": script, "args": [] })).await
    }

    /// Waits until the expression is true, and returns it.
    pub(super) async fn until(&self, expression: &str) -> Value {
        // An exception means “not yet”: an element is missing.
        let script = format!("try {{ return {expression} }} catch {{ return null }}");
        let look = async || {
            let value = self.run(&script).await;
            let is_there = !matches!(&value, Value::Null | Value::Bool(false)) && value != json!(0);
            is_there.then_some(value)
        };
        eventually(expression, look).await
    }

    /// Waits for what a person can press with these words, and presses it.
    pub(super) async fn press(&self, words: &str) {
        self.until(&found(words)).await;
        self.run(&format!("{}.click()", found(words))).await;
    }

    /// Types into a field, after what it has.
    pub(super) async fn type_into(&self, field: &str, text: &str) {
        self.until(&format!("document.querySelector({field:?})")).await;
        let end = format!(
            "const f = document.querySelector({field:?}); f.focus(); \
             f.setSelectionRange(f.value.length, f.value.length)"
        );
        self.run(&end).await;
        self.keys(text).await;
    }

    /// Replaces what a field has.
    pub(super) async fn replace(&self, field: &str, text: &str) {
        self.until(&format!("document.querySelector({field:?})")).await;
        let select = format!("const f = document.querySelector({field:?}); f.focus(); f.select()");
        self.run(&select).await;
        self.keys(text).await;
    }

    /// Types where the focus is. A Control key is held until the end.
    pub(super) async fn keys(&self, text: &str) {
        let mut actions = Vec::new();
        for key in text.replace('\n', ENTER).chars() {
            actions.push(json!({ "type": "keyDown", "value": key }));
            if key != CONTROL {
                actions.push(json!({ "type": "keyUp", "value": key }));
            }
        }
        if text.contains(CONTROL) {
            actions.push(json!({ "type": "keyUp", "value": CONTROL }));
        }
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.command("/actions", &json!({ "actions": [keyboard] })).await;
    }

    /// Presses Tab until what has the focus matches.
    pub(super) async fn tab_to(&self, selector: &str) {
        for _ in 0..80 {
            let is_there = format!("return document.activeElement.matches({selector:?})");
            if self.run(&is_there).await == json!(true) {
                return;
            }
            self.keys(TAB).await;
        }
        panic!("Tab does not lead to {selector}");
    }

    /// Opens a second tab and goes there. Returns the names of both.
    pub(super) async fn second_tab(&self, path: &str) -> [Value; 2] {
        let first = self.read("/window").await;
        let second = self.command("/window/new", &json!({ "type": "tab" })).await["handle"].take();
        self.switch_to(&second).await;
        self.open(path).await;
        [first, second]
    }

    pub(super) async fn switch_to(&self, tab: &Value) {
        self.command("/window", &json!({ "handle": tab })).await;
    }

    /// A picture of the page for the docs, once all images are there.
    pub(super) async fn picture(&self, name: &str) {
        let Some((folder, prefix)) = &self.pictures else { return };
        self.until(
            "[...document.querySelectorAll('main img, dialog img')].every(i => i.complete && i.naturalWidth) \
             && !document.querySelector('[data-drawing]')",
        )
        .await;
        self.run("document.activeElement.blur()").await;
        let jpeg = json!({ "cmd": "Page.captureScreenshot", "params": { "format": "jpeg", "quality": 85 } });
        let picture = self.command("/goog/cdp/execute", &jpeg).await;
        let bytes = BASE64_STANDARD.decode(picture["data"].as_str().unwrap()).unwrap();
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join(format!("{prefix}-{name}.jpg")), bytes).unwrap();
    }

    /// Checks the page as it is: accessibility, width, requests, console.
    pub(super) async fn check(&self, place: &str) {
        let wide = "return document.scrollingElement.scrollWidth > innerWidth";
        assert_eq!(self.run(wide).await, json!(false), "{place} is wider than the window");
        let elsewhere = format!(
            "return performance.getEntriesByType('resource').map(e => e.name)\
             .filter(n => !n.startsWith({:?}) && !n.startsWith('blob:'))",
            self.origin
        );
        assert_eq!(self.run(&elsewhere).await, json!([]), "requests of {place}");
        if let Some(axe) = &self.axe {
            let script = format!(
                "const done = arguments[0]; {axe}; axe.run().then(r => done(r.violations.map(v => \
                 [v.id, v.help, v.nodes.map(n => n.html)])), e => done(String(e)))"
            );
            let body = json!({ "script": script, "args": [] });
            let found = self.command("/execute/async", &body).await;
            assert_eq!(found, json!([]), "accessibility of {place}");
        }
    }

    /// What the console says: errors of scripts, of the content policy, of calls.
    pub(super) async fn log(&self) -> String {
        let entries = self.command("/se/log", &json!({ "type": "browser" })).await;
        let entries = entries.as_array().unwrap().iter();
        entries.map(|entry| entry["message"].as_str().unwrap().to_owned() + "\n").collect()
    }

    /// Asserts that the console is empty.
    pub(super) async fn end(self) {
        assert_eq!(self.log().await, "");
        self.send(Method::DELETE, "", &Value::Null).await.unwrap();
    }
}

/// A visible button, link or summary with these words, as its text or as its name.
fn found(words: &str) -> String {
    format!(
        "[...(document.querySelector('dialog') ?? document).querySelectorAll('button, a, summary, label')]\
         .find(e => e.checkVisibility() && !e.disabled && \
         (e.innerText.trim() === {words:?} || e.getAttribute('aria-label') === {words:?}))"
    )
}
