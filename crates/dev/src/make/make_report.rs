//! The final output of `make`.

use std::path::Path;

use domain::Outcome;
use serde::Serialize;
use workflows::offer::Offer;

/// The result; with `--json`, the last line of stdout.
#[derive(Debug, Serialize)]
pub struct MakeReport {
    pub workflow_id: String,
    pub run_id: String,
    /// The workflow's page in the Web UI.
    pub ui_url: String,
    /// `delivered`, `failed`, `cancelled` or `unknown`.
    pub outcome: String,
    /// The reason, if it was not delivered.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The provider that wrote the text.
    pub provider: String,
    /// `offline` if every model failed and the offline writer could write the carousel.
    #[serde(skip_serializing_if = "Offer::is_nothing")]
    pub offer: Offer,
    /// The written files.
    pub files: Vec<String>,
    /// From the command's first step to its last.
    pub duration_ms: u64,
    /// Whether the Web UI is still available after the command has ended.
    #[serde(skip)]
    pub server_stays: bool,
}

impl MakeReport {
    pub fn is_delivered(&self) -> bool {
        self.outcome == Outcome::Delivered.name()
    }

    /// One line of JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("a report is plain data")
    }

    /// The text for a person.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let seconds = self.duration_ms as f64 / 1_000.0;
        for file in &self.files {
            out.push_str(&format!("  {file}\n"));
        }
        out.push_str(&format!("\n  {} by {} in {seconds:.1} s\n", self.outcome, self.provider));
        out.push_str(&format!("  {}\n", self.ui_url));
        if !self.offer.is_nothing() {
            out.push_str("  the offline writer can write it instead: add --offline\n");
        }
        if !self.server_stays {
            out.push_str(
                "  (the server ended with this command: `cargo dev` starts it again with its history)\n",
            );
        }
        out
    }
}

/// The paths of the files to show: relative to the working directory if they are below it.
pub(super) fn display_paths(folder: &str, files: &[String]) -> Vec<String> {
    let here = std::env::current_dir().unwrap_or_default();
    let folder = Path::new(folder);
    let folder = folder.strip_prefix(&here).unwrap_or(folder);
    files.iter().map(|file| folder.join(file).display().to_string()).collect()
}
