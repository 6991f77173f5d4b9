//! What the Web UI tells an operator: one-line summaries and Markdown details.
//!
//! In English, whatever the carousel's language: it is read by whoever runs the system.

use domain::{Stage, record::BriefRecord};

use crate::contract::{CarouselResult, DestinationRecord};

/// Longest summary in bytes. Temporal's own limit is 400.
const SUMMARY_BYTES: usize = 360;

/// `«Почему тесты важны» · ru · aurora · 7 slides`.
pub fn summary(brief: &BriefRecord) -> String {
    let rest = format!(
        "» · {} · {} · {} slides",
        brief.language, brief.theme, brief.slides
    );
    let room = SUMMARY_BYTES.saturating_sub(rest.len() + "«".len());
    format!("«{}{rest}", shortened(&brief.topic, room))
}

/// What a `RevisionWorkflow` is about: `«Почему тесты важны» · changes`.
pub fn revisions(topic: &str) -> String {
    let rest = "» · changes";
    let room = SUMMARY_BYTES.saturating_sub(rest.len() + "«".len());
    format!("«{}{rest}", shortened(topic, room))
}

/// A question and who asked it: `«Зачем нужны тесты?» · ru`.
pub fn question(question: &str, language: &str) -> String {
    let rest = format!("» · {language}");
    let room = SUMMARY_BYTES.saturating_sub(rest.len() + "«".len());
    format!("«{}{rest}", shortened(question, room))
}

/// The request as a list: what is fixed when the workflow starts.
pub fn request(user: &str, brief: &BriefRecord, destination: &DestinationRecord) -> String {
    let mut rows = vec![
        ("topic", brief.topic.clone()),
        ("language", brief.language.clone()),
        ("slides", brief.slides.to_string()),
        ("theme", brief.theme.clone()),
        ("format", format!("{}, {}", brief.format, brief.image)),
        ("user", user.to_owned()),
        ("goes to", destination.shown()),
    ];
    for (name, value) in [
        ("recording", &brief.voice),
        ("page", &brief.link),
        ("source text", &brief.text),
    ] {
        if !value.is_empty() {
            rows.insert(1, (name, value.clone()));
        }
    }
    list(&rows)
}

/// Where it stands: what the details show while it runs and when it is over.
pub fn standing(stage: Stage, provider: &str, result: Option<&CarouselResult>) -> String {
    let mut out = String::new();
    for step in Stage::PATH {
        let mark = match (result, step as u8, stage as u8) {
            (None, step, stage) if step == stage => "▶",
            (_, step, stage) if step < stage && stage <= Stage::Completing as u8 => "✓",
            (Some(result), _, _) if result.outcome == "delivered" => "✓",
            _ => "·",
        };
        let who = match step {
            Stage::Analysing | Stage::Writing if !provider.is_empty() => format!(" ({provider})"),
            _ => String::new(),
        };
        out.push_str(&format!("- {mark} {step}{who}\n"));
    }
    if let Some(result) = result {
        out.push_str(&format!("\n**{}**", result.outcome));
        if !result.reason.is_empty() {
            out.push_str(&format!(": {}", escaped(&result.reason)));
        }
    } else if stage == Stage::Reviewing {
        out.push_str("\n**waits** until somebody has looked at the draft");
    } else if stage == Stage::Undoing {
        out.push_str("\n**undoing** what was done");
    }
    out
}

/// A Markdown list. (The Web UI draws tables without any space between their columns.)
fn list(rows: &[(&str, String)]) -> String {
    let row = |(name, value): &(&str, String)| format!("- **{name}:** {}\n", escaped(value.trim()));
    rows.iter().map(row).collect()
}

/// User text in Markdown is text, nothing else.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push(' '),
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '#' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// At most `bytes` bytes, cut between characters.
pub fn shortened(text: &str, bytes: usize) -> String {
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
    fn a_summary_fits_temporals_limit_whatever_the_topic() {
        let said = summary(&brief("Почему тесты важны"));
        assert_eq!(said, "«Почему тесты важны» · ru · aurora · 7 slides");
        assert!(summary(&brief(&"ж".repeat(300))).len() <= 400);
    }

    #[test]
    fn user_text_can_not_draw_in_the_web_ui() {
        let told = request(
            "u",
            &brief("![x](http://evil) | <b>"),
            &DestinationRecord::default(),
        );
        assert!(told.contains(r"\!\[x\](http://evil) \| \<b\>"), "{told}");
    }

    #[test]
    fn the_details_show_what_is_done_and_what_is_next() {
        let told = standing(Stage::Drawing, "offline", None);
        assert!(
            told.contains("✓ writing (offline)") && told.contains("▶ drawing"),
            "{told}"
        );
        let failed = CarouselResult {
            outcome: "failed".into(),
            reason: "why".into(),
            ..Default::default()
        };
        assert!(standing(Stage::Finished, "", Some(&failed)).ends_with("**failed**: why"));
    }
}
