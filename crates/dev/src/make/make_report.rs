//! The final output of `make`.

use std::path::Path;

use domain::{Offer, OfflineMaterial, Outcome, ProviderName, record::is_default};
use serde::Serialize;

/// The result; with `--json`, the last line of stdout.
#[derive(Debug, Serialize)]
pub struct MakeReport {
    pub workflow_id: String,
    pub run_id: String,
    /// The workflow's page in the Web UI.
    pub ui_url: String,
    /// `null` if this version does not know it.
    pub outcome: Option<Outcome>,
    /// The reason, if it was not delivered.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    pub provider: String,
    /// `offline` if every model failed and the offline writer could write the carousel.
    #[serde(skip_serializing_if = "is_default")]
    pub offer: Offer,
    pub files: Vec<String>,
    /// From the command's first step to its last.
    pub duration_ms: u64,
    /// What the offline writer makes this carousel of.
    #[serde(skip)]
    pub material: OfflineMaterial,
    /// Its slides, if the text was too short for the requested number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only_slides: Option<u32>,
}

impl MakeReport {
    pub fn is_delivered(&self) -> bool {
        self.outcome == Some(Outcome::Delivered)
    }

    /// One line of JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("a report is plain data")
    }

    /// The files, and how it ended.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for file in &self.files {
            out.push_str(&format!("  {file}\n"));
        }
        let seconds = self.duration_ms as f64 / 1_000.0;
        let outcome = self.outcome.map_or("ended", Outcome::name);
        out.push_str(&format!("\n  {outcome} after {seconds:.1} s"));
        match self.provider.parse() {
            _ if !self.is_delivered() => {}
            Ok(ProviderName::Offline) => out.push_str(match self.material {
                OfflineMaterial::Notes => ", without a model: the texts are from the built-in notes",
                OfflineMaterial::Text => {
                    ", without a model: the slides contain sentences of the text, long ones shortened"
                }
                OfflineMaterial::Questions => {
                    ", without a model: questions about the topic, not facts"
                }
            }),
            Ok(ProviderName::OpenAi | ProviderName::Anthropic) | Err(_) => {
                out.push_str(&format!(", written by {}", self.provider));
            }
        }
        if let Some(slides) = self.only_slides.filter(|_| self.is_delivered()) {
            out.push_str(&format!("\n  the text is enough for {slides} slides"));
        }
        out.push('\n');
        out
    }

    /// What the person can do after a failure.
    pub fn advice(&self) -> &'static str {
        match self.offer {
            Offer::Offline => "The offline writer can write it instead: add --offline.",
            Offer::Questions => {
                "What helps: a text about it (--text FILE), a page (--link URL), a model (for example \
                 OPENAI_API_KEY in .env), or another topic. --questions makes a carousel of \
                 questions to ask about it."
            }
            Offer::Nothing => "",
        }
    }
}

/// The paths of the files to show: relative to the working directory if they are below it.
pub(super) fn display_paths(folder: &str, files: &[String]) -> Vec<String> {
    let here = std::env::current_dir().unwrap_or_default();
    let folder = Path::new(folder);
    let folder = folder.strip_prefix(&here).unwrap_or(folder);
    files.iter().map(|file| folder.join(file).display().to_string()).collect()
}
