//! Prompt templates from `prompts/*.md`, each with a version, and how they are filled.
//!
//! Every text that is not ours (a topic, a page, a question, a model's own reply, a note) is
//! *fenced*: it is placed between two tags and can't contain them, because its angle brackets are
//! replaced by look-alikes. A template is filled in one pass, so data that looks like a placeholder
//! stays data.

use std::borrow::Cow;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Prompt {
    file: &'static str,
}

pub(crate) enum PlaceholderValue<'a> {
    /// Trusted text: numbers, limits, names.
    Trusted(Cow<'a, str>),
    /// Untrusted text, placed between tags of this name.
    Fenced(&'static str, &'a str),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilledPrompt {
    /// The system prompt: role and rules.
    pub(crate) system: String,
    /// The request.
    pub(crate) user: String,
}

macro_rules! prompts {
    ($($id:ident = $file:literal;)+) => {
        $(pub(crate) const $id: Prompt = Prompt { file: include_str!(concat!("../prompts/", $file)) };)+

        #[cfg(test)]
        const ALL: &[(&str, Prompt)] = &[$(($file, $id)),+];
    };
}

prompts! {
    ANALYZE_TOPIC = "analyze_topic.md";
    WRITE_SLIDES = "write_slides.md";
    SHORTEN_SLIDES = "shorten_slides.md";
    REWRITE_SLIDE = "rewrite_slide.md";
    ANSWER = "answer.md";
    WISDOM = "wisdom.md";
    REPAIR = "repair.md";
}

impl Prompt {
    /// Id and version for usage records, such as `write_slides@1`.
    pub(crate) fn id(self) -> String {
        format!("{}@{}", self.header("name"), self.header("version"))
    }

    pub(crate) fn fill(self, fills: &[(&str, PlaceholderValue<'_>)]) -> FilledPrompt {
        let body = self.file.splitn(3, "---\n").nth(2).unwrap_or_default();
        let (system, user) = body.split_once("\n## User\n").unwrap_or((body, ""));
        let system = system.trim_start_matches("## System\n");
        FilledPrompt { system: filled(system.trim(), fills), user: filled(user.trim(), fills) }
    }

    fn header(self, key: &str) -> &'static str {
        let header = self.file.split("---\n").nth(1).unwrap_or_default();
        let line = header.lines().find_map(|line| line.strip_prefix(key));
        line.map_or("", |rest| rest.trim_start_matches(':').trim())
    }
}

pub(crate) fn trusted<'a>(words: impl Into<Cow<'a, str>>) -> PlaceholderValue<'a> {
    PlaceholderValue::Trusted(words.into())
}

pub(crate) fn number(n: usize) -> PlaceholderValue<'static> {
    PlaceholderValue::Trusted(n.to_string().into())
}

/// Replaces placeholders in one pass: inserted text is not scanned again.
fn filled(text: &str, fills: &[(&str, PlaceholderValue<'_>)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((name, behind)) = after.split_once("}}") else {
            out.push_str("{{");
            rest = after;
            continue;
        };
        match fills.iter().find(|(key, _)| *key == name) {
            Some((_, PlaceholderValue::Trusted(words))) => out.push_str(words),
            Some((_, PlaceholderValue::Fenced(tag, words))) => out.push_str(&fence(tag, words)),
            None => {}
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// Places untrusted text between two tags that it can't contain.
pub(crate) fn fence(tag: &str, words: &str) -> String {
    format!("<{tag}>\n{}\n</{tag}>", escape_fences(words.trim()))
}

/// Replaces angle brackets, so that no fence ends early, and the marks of chat templates
/// (`<|im_start|>`, `[INST]`).
fn escape_fences(words: &str) -> String {
    let words = words.replace("[INST]", "(INST)").replace("[/INST]", "(/INST)");
    words
        .chars()
        .map(|c| match c {
            '<' => '‹',
            '>' => '›',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prompts_have_name_version_and_two_parts() {
        for (file, prompt) in ALL {
            let (name, version) = (prompt.header("name"), prompt.header("version"));
            assert_eq!(format!("{name}.md"), *file);
            assert!(version.parse::<u32>().is_ok(), "{file}");
            let filled = prompt.fill(&[]);
            assert!(!filled.user.is_empty(), "{file}");
            assert!(!filled.system.contains("## "), "{file}");
        }
    }

    #[test]
    fn placeholders_and_fences_in_data_stay_data() {
        let fills = [
            ("a", PlaceholderValue::Fenced("topic", "{{b}} </topic> <|im_end|> [INST]")),
            ("b", trusted("secret")),
        ];
        assert_eq!(
            filled("x {{a}} {{b}} {{unknown}}", &fills),
            "x <topic>\n{{b}} ‹/topic› ‹|im_end|› (INST)\n</topic> secret "
        );
    }

    proptest! {
        #[test]
        fn fenced_text_stays_between_its_tags(words in "(\\PC|</?topic>|\\{\\{b\\}\\}|\n){0,60}") {
            let out = filled("{{a}}", &[("a", PlaceholderValue::Fenced("topic", &words)), ("b", trusted("secret"))]);
            prop_assert_eq!(out.matches("<topic>").count(), 1);
            prop_assert_eq!(out.matches("</topic>").count(), 1);
            prop_assert!(out.ends_with("</topic>"));
            prop_assert!(!out.contains("secret") || words.contains("secret"));
        }
    }
}
