//! Builds the summaries and details for operators in the Web UI.
//!
//! Always in English, independent of the carousel's language.

use domain::{CarouselStage, Outcome, record::BriefRecord};

use crate::{
    carousel::CarouselResult,
    destination::DestinationRecord,
    web_ui::{EscapedDetails, EscapedText},
};

/// `«Почему тесты важны» · ru · aurora · 7 slides`.
pub fn summary(brief: &BriefRecord) -> EscapedText {
    let rest = format!(
        "· {} · {} · {} slides",
        truncated(&brief.language, 40),
        truncated(&brief.theme, 40),
        brief.slides
    );
    EscapedText::quoted(&brief.topic, &rest)
}

/// The same without the user's text, because Temporal shows summaries unencrypted: `carousel · ru ·
/// aurora · 7 slides`.
pub fn discreet_summary(brief: &BriefRecord) -> EscapedText {
    EscapedText::from(format!(
        "carousel · {} · {} · {} slides",
        truncated(&brief.language, 40),
        truncated(&brief.theme, 40),
        brief.slides
    ))
}

/// The summary of a `RevisionWorkflow`: `«Почему тесты важны» · changes`.
pub fn edit_summary(topic: &str) -> EscapedText {
    EscapedText::quoted(topic, "· changes")
}

/// The summary of a question: `«Зачем нужны тесты?» · ru`.
pub fn question_summary(question: &str, language: &str) -> EscapedText {
    EscapedText::quoted(question, &format!("· {}", truncated(language, 40)))
}

/// The request as a list: all that is known when the workflow starts.
pub fn request_details(
    user: &str,
    brief: &BriefRecord,
    destination: &DestinationRecord,
) -> EscapedDetails {
    let mut details = EscapedDetails::default().named("topic", &brief.topic);
    for (name, value) in
        [("source text", &brief.text), ("page", &brief.link), ("recording", &brief.voice)]
    {
        if !value.is_empty() {
            details = details.named(name, value);
        }
    }
    add_fixed_details(details, user, brief).named("goes to", &destination.description())
}

/// The same without the user's text and names.
pub fn discreet_request_details(user: &str, brief: &BriefRecord) -> EscapedDetails {
    add_fixed_details(EscapedDetails::default(), user, brief)
}

/// The generated values of the request, and the user.
fn add_fixed_details(details: EscapedDetails, user: &str, brief: &BriefRecord) -> EscapedDetails {
    details
        .named("language", &brief.language)
        .named("slides", &brief.slides.to_string())
        .named("theme", &brief.theme)
        .named("format", &format!("{}, {}", brief.format, brief.image))
        .named("user", user)
}

/// The current details of a running or ended carousel.
pub fn progress_details(
    stage: CarouselStage,
    provider: &str,
    result: Option<&CarouselResult>,
) -> EscapedDetails {
    let mut details = EscapedDetails::default();
    let delivered = result.is_some_and(|result| result.outcome == Some(Outcome::Delivered));
    for step in CarouselStage::SUCCESS_PATH {
        let passed = (step as u8) < stage as u8 && stage as u8 <= CarouselStage::Completing as u8;
        let mark = if result.is_none() && step == stage {
            "▶"
        } else if passed || delivered {
            "✓"
        } else {
            "·"
        };
        let asks_provider = matches!(step, CarouselStage::Analysing | CarouselStage::Writing);
        let who = if asks_provider && !provider.is_empty() {
            format!(" ({provider})")
        } else {
            String::new()
        };
        details = details.item(&format!("{mark} {step}{who}"));
    }
    if let Some(result) = result {
        return details.result(outcome_name(result.outcome), &result.reason);
    }
    match stage {
        CarouselStage::Reviewing => {
            details.result("waits", "until somebody has looked at the draft")
        }
        CarouselStage::Undoing => details.result("undoing", "what was done"),
        CarouselStage::Queued
        | CarouselStage::Opening
        | CarouselStage::Analysing
        | CarouselStage::Writing
        | CarouselStage::Saving
        | CarouselStage::Drawing
        | CarouselStage::Delivering
        | CarouselStage::Completing
        | CarouselStage::Finished => details,
    }
}

/// `ended` for an outcome that this version does not know.
pub(crate) fn outcome_name(outcome: Option<Outcome>) -> &'static str {
    outcome.map_or("ended", Outcome::name)
}

/// The details of a failed workflow.
pub fn failure_details(reason: &str) -> EscapedDetails {
    EscapedDetails::default().result("failed", reason)
}

/// At most `bytes` bytes, cut at a character boundary.
pub fn truncated(text: &str, bytes: usize) -> String {
    const ELLIPSIS: char = '…';
    if text.len() <= bytes {
        return text.to_owned();
    }
    let mut end = bytes.saturating_sub(ELLIPSIS.len_utf8());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{ELLIPSIS}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brief(topic: &str) -> BriefRecord {
        BriefRecord {
            topic: topic.to_owned(),
            language: "ru".into(),
            theme: "aurora".into(),
            slides: 7,
            ..Default::default()
        }
    }

    #[test]
    fn summary_fits_temporals_limit() {
        let said = summary(&brief("Почему тесты важны"));
        assert_eq!(said.as_str(), "«Почему тесты важны» · ru · aurora · 7 slides");
        assert!(summary(&brief(&"ж".repeat(300))).as_str().len() <= 400);
    }

    #[test]
    fn discreet_texts_omit_user_text() {
        let told = BriefRecord {
            link: "https://evil.example/Почему".into(),
            voice: "blob".into(),
            text: "blob".into(),
            ..brief("Почему тесты важны")
        };
        assert_eq!(discreet_summary(&told).as_str(), "carousel · ru · aurora · 7 slides");
        let details = discreet_request_details("tg-1", &told);
        assert!(details.as_str().contains("- **user:** tg-1"), "{details:?}");
        for word in ["Почему", "evil", "blob"] {
            assert!(!details.as_str().contains(word), "{details:?}");
        }
    }

    #[test]
    fn details_show_done_and_next_steps() {
        let told = progress_details(CarouselStage::Drawing, "offline", None);
        assert!(
            told.as_str().contains("✓ writing (offline)") && told.as_str().contains("▶ drawing"),
            "{told:?}"
        );
        let failed = CarouselResult {
            outcome: Some(Outcome::Failed),
            reason: "why".into(),
            ..Default::default()
        };
        assert!(
            progress_details(CarouselStage::Finished, "", Some(&failed))
                .as_str()
                .ends_with("**failed** why")
        );
    }
}
