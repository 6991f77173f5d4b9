//! `cargo dev models`: what each configured provider offers, and one call to each configured model.

use std::{fmt::Write as _, future::Future, time::Duration};

use domain::{ProviderName, failure::ModelProblem};
use llm::{
    connect::connect,
    language_model::{LanguageModel, OfferedModel, Recording},
    model_error::ModelError,
};
use runtime::settings::{self, AiSettings, OPENAI_TRANSCRIBE_DEFAULT};
use tokio::time::{Instant, timeout};

/// The text for people, and whether all configured models work.
#[derive(Debug)]
pub struct ModelsReport {
    pub text: String,
    pub all_work: bool,
}

/// The settings that a provider's errors refer to.
struct ProviderSettings {
    key: &'static str,
    url: &'static str,
    model: &'static str,
}

/// Asks every configured provider, one after the other.
pub async fn run(settings: &AiSettings) -> ModelsReport {
    let mut report = ModelsReport { text: String::new(), all_work: true };
    for provider in &settings.providers {
        match names(*provider) {
            Some(names) => check_provider(*provider, &names, settings, &mut report).await,
            None => report.line(
                "No model is configured: the built-in notes write, offline. Set OPENAI_API_KEY, \
                 ANTHROPIC_API_KEY, or OPENAI_BASE_URL for a server of your own.",
            ),
        }
    }
    report
}

const fn names(provider: ProviderName) -> Option<ProviderSettings> {
    match provider {
        ProviderName::OpenAi => Some(ProviderSettings {
            key: "OPENAI_API_KEY",
            url: "OPENAI_BASE_URL",
            model: "OPENAI_MODEL",
        }),
        ProviderName::Anthropic => Some(ProviderSettings {
            key: "ANTHROPIC_API_KEY",
            url: "ANTHROPIC_BASE_URL",
            model: "ANTHROPIC_MODEL",
        }),
        ProviderName::Offline => None,
    }
}

async fn check_provider(
    provider: ProviderName,
    names: &ProviderSettings,
    settings: &AiSettings,
    report: &mut ModelsReport,
) {
    report.line(provider.name());
    let model = match connect(provider, settings) {
        Ok(Some(model)) => model,
        Ok(None) => return,
        Err(error) => return report.failure(&format!("  {error}")),
    };
    let check = ModelCheck { names, settings, model: &*model };
    check.list_models(report).await;
    check.test_text_model(report).await;
    if provider == ProviderName::OpenAi {
        check.test_transcription_model(report).await;
    }
}

/// The checks of one provider.
struct ModelCheck<'a> {
    names: &'a ProviderSettings,
    settings: &'a AiSettings,
    model: &'a dyn LanguageModel,
}

impl ModelCheck<'_> {
    async fn list_models(&self, report: &mut ModelsReport) {
        match self.timed(self.model.offered_models()).await {
            Ok((offered, _)) => {
                report.line(&format!("  offers {} models:", offered.len()));
                let width = offered.iter().map(|m| m.id.chars().count()).max().unwrap_or(0);
                for offer in &offered {
                    let line = format!("    {:width$}  {}", offer.id, self.about(offer));
                    report.line(line.trim_end());
                }
            }
            // Not every compatible server has the list; the calls below decide.
            Err(error) => report.line(&format!("  the list of models: {}", self.explain(&error))),
        }
    }

    /// Price, use and end of an offered model.
    fn about(&self, offer: &OfferedModel) -> String {
        let mut parts = vec![self.price(&offer.id)];
        if offer.id == self.model.name() {
            parts.push(format!("= {}", self.names.model));
        }
        if let Some(day) = &offer.shutdown_date {
            parts.push(format!("ends on {day}"));
        }
        parts.retain(|part| !part.is_empty());
        parts.join(", ")
    }

    async fn test_text_model(&self, report: &mut ModelsReport) {
        let request = writer::probe::request();
        let named = format!("  {}={}", self.names.model, self.model.name());
        match self.timed(self.model.ask(&request)).await {
            Ok((reply, took)) if writer::probe::is_readable(&reply.text) => {
                let form = self.model.reply_form().label();
                let price = self.price_or_advice(self.model.name());
                report
                    .line(&format!("{named}: works with {form}, {} ms, {price}", took.as_millis()));
            }
            Ok(_) => report.failure(&format!(
                "{named}: the model answers, and not in the requested JSON form: it can't write \
                 carousels. Set {} to a larger model",
                self.names.model
            )),
            Err(error) => report.failure(&format!("{named}: {}", self.explain(&error))),
        }
    }

    /// A server of one's own need not transcribe, unless its model is configured.
    async fn test_transcription_model(&self, report: &mut ModelsReport) {
        let name = self.model.transcription_model();
        let named = format!("  OPENAI_TRANSCRIBE_MODEL={name}");
        let silence = silence();
        let recording = Recording { bytes: &silence, file: "silence.wav", language: "" };
        match self.timed(self.model.transcribe(recording)).await {
            Ok((_, took)) => {
                let price = self.price_or_advice(name);
                report.line(&format!("{named}: works, {} ms, {price}", took.as_millis()));
            }
            Err(error) if self.model.is_metered() || name != OPENAI_TRANSCRIBE_DEFAULT => {
                report.failure(&format!("{named}: {}", self.explain(&error)));
            }
            Err(error) => report.line(&format!(
                "{named}: {}. Recordings are refused; texts are not affected",
                self.explain(&error)
            )),
        }
    }

    /// The result and how long it took.
    async fn timed<T>(
        &self,
        call: impl Future<Output = Result<T, ModelError>>,
    ) -> Result<(T, Duration), ModelError> {
        let began = Instant::now();
        match timeout(self.settings.call, call).await {
            Ok(result) => Ok((result?, began.elapsed())),
            Err(_) => Err(ModelError::Timeout(self.settings.call)),
        }
    }

    /// The price per million input and output tokens; empty if it is not known.
    fn price(&self, model: &str) -> String {
        let rate = settings::rate_of(&self.settings.prices, model, self.model.is_metered());
        let dollars = |micros: u64| {
            let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
            let cut = text.trim_end_matches('0').len().max(text.len() - 4);
            text[..cut].to_owned()
        };
        rate.map_or(String::new(), |rate| {
            format!("${}/{} per million tokens", dollars(rate.read), dollars(rate.written))
        })
    }

    fn price_or_advice(&self, model: &str) -> String {
        let price = self.price(model);
        if !price.is_empty() {
            price
        } else if self.model.is_metered() {
            "no price known: add it to AI_PRICES".to_owned()
        } else {
            "counted as free: AI_PRICES can set a price".to_owned()
        }
    }

    /// The error, and which setting may be wrong.
    fn explain(&self, error: &ModelError) -> String {
        let advice = match error.problem().unwrap_or_default() {
            ModelProblem::KeyRefused | ModelProblem::NotAllowed => format!(" ({})", self.names.key),
            ModelProblem::ModelNotFound => format!(" ({}, {})", self.names.model, self.names.url),
            ModelProblem::Unreachable | ModelProblem::NotAModelService => {
                format!(" ({})", self.names.url)
            }
            ModelProblem::TimedOut => " (AI_CALL_SECONDS)".to_owned(),
            ModelProblem::ConnectionBroken
            | ModelProblem::Busy
            | ModelProblem::BusyTooLong
            | ModelProblem::QuotaUsedUp
            | ModelProblem::ContentRefused
            | ModelProblem::InputTooLong
            | ModelProblem::ServerError
            | ModelProblem::CannotListen
            | ModelProblem::UnusableReply
            | ModelProblem::WrongLanguage
            | ModelProblem::BreakerOpen
            | ModelProblem::Refused
            | ModelProblem::NeedsModel
            | ModelProblem::LanguageNeedsModel
            | ModelProblem::NotCovered
            | ModelProblem::NotConfigured
            | ModelProblem::Unrecognized => String::new(),
        };
        format!("{error}{advice}")
    }
}

impl ModelsReport {
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.text, "{text}");
    }

    fn failure(&mut self, text: &str) {
        self.all_work = false;
        self.line(text);
    }
}

/// Half a second of silence: WAV, 16 bits, mono, 8 kHz.
fn silence() -> Vec<u8> {
    const RATE: u32 = 8_000;
    const BYTES: u32 = RATE; // half a second, two bytes a sample
    let mut wav = Vec::new();
    wav.extend_from_slice(b"RIFF");
    wav.extend_from_slice(&(36 + BYTES).to_le_bytes());
    wav.extend_from_slice(b"WAVEfmt ");
    wav.extend_from_slice(&16u32.to_le_bytes());
    wav.extend_from_slice(&1u16.to_le_bytes());
    wav.extend_from_slice(&1u16.to_le_bytes());
    wav.extend_from_slice(&RATE.to_le_bytes());
    wav.extend_from_slice(&(2 * RATE).to_le_bytes());
    wav.extend_from_slice(&2u16.to_le_bytes());
    wav.extend_from_slice(&16u16.to_le_bytes());
    wav.extend_from_slice(b"data");
    wav.extend_from_slice(&BYTES.to_le_bytes());
    wav.resize(wav.len() + BYTES as usize, 0);
    wav
}
