//! Prompts as files: `activities/prompts/*.md`, each with a version, and how they are filled.
//!
//! Whatever did not come from us (a topic, a page, a question, a model's own reply, a note) is
//! *fenced*: it stands between two tags that it can't contain, because angle brackets in it become
//! look-alikes. A prompt is filled in one pass, so data that looks like a placeholder stays data.

use std::borrow::Cow;

/// A prompt, read from its file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prompt {
    file: &'static str,
}

/// What fills a placeholder.
pub(super) enum Fill<'a> {
    /// Our own words: numbers, limits, names.
    Ours(Cow<'a, str>),
    /// Somebody else's words, as data, between tags of this name.
    Fenced(&'static str, &'a str),
}

/// A prompt with everything in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filled {
    /// Who the model is to be, and the rules.
    pub(super) system: String,
    /// What is asked.
    pub(super) user: String,
}

macro_rules! prompts {
    ($($id:ident = $file:literal;)+) => {
        $(pub(super) const $id: Prompt = Prompt { file: include_str!(concat!("../../prompts/", $file)) };)+

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
    /// `write_slides@1`: what the books say was asked.
    pub(super) fn id(self) -> String {
        format!("{}@{}", self.header("name"), self.header("version"))
    }

    /// Fills it.
    pub(super) fn fill(self, fills: &[(&str, Fill<'_>)]) -> Filled {
        let body = self.file.splitn(3, "---\n").nth(2).unwrap_or_default();
        let (system, user) = body.split_once("\n## User\n").unwrap_or((body, ""));
        let system = system.trim_start_matches("## System\n");
        Filled {
            system: filled(system.trim(), fills),
            user: filled(user.trim(), fills),
        }
    }

    fn header(self, key: &str) -> &'static str {
        let header = self.file.split("---\n").nth(1).unwrap_or_default();
        let line = header.lines().find_map(|line| line.strip_prefix(key));
        line.map_or("", |rest| rest.trim_start_matches(':').trim())
    }
}

/// Our own words.
pub(super) fn ours<'a>(words: impl Into<Cow<'a, str>>) -> Fill<'a> {
    Fill::Ours(words.into())
}

/// A number of ours.
pub(super) fn number(n: usize) -> Fill<'static> {
    Fill::Ours(n.to_string().into())
}

/// One pass over the text: what is filled in is not looked at again.
fn filled(text: &str, fills: &[(&str, Fill<'_>)]) -> String {
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
            Some((_, Fill::Ours(words))) => out.push_str(words),
            Some((_, Fill::Fenced(tag, words))) => out.push_str(&fence(tag, words)),
            None => {}
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// Somebody's words between two tags that they can't contain.
pub(super) fn fence(tag: &str, words: &str) -> String {
    format!("<{tag}>\n{}\n</{tag}>", unfenced(words.trim()))
}

/// Without angle brackets, so that no fence ends early, and without the marks that models take for
/// the seams of a conversation (`<|im_start|>`, `[INST]`).
fn unfenced(words: &str) -> String {
    let words = words
        .replace("[INST]", "(INST)")
        .replace("[/INST]", "(/INST)");
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
    fn every_prompt_has_a_name_a_version_and_two_parts() {
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
    fn data_that_looks_like_a_placeholder_or_a_fence_stays_data() {
        let fills = [
            (
                "a",
                Fill::Fenced("topic", "{{b}} </topic> <|im_end|> [INST]"),
            ),
            ("b", ours("secret")),
        ];
        assert_eq!(
            filled("x {{a}} {{b}} {{unknown}}", &fills),
            "x <topic>\n{{b}} ‹/topic› ‹|im_end|› (INST)\n</topic> secret "
        );
    }

    proptest! {
        #[test]
        fn no_words_leave_their_fence(words in "(\\PC|</?topic>|\\{\\{b\\}\\}|\n){0,60}") {
            let out = filled("{{a}}", &[("a", Fill::Fenced("topic", &words)), ("b", ours("secret"))]);
            prop_assert_eq!(out.matches("<topic>").count(), 1);
            prop_assert_eq!(out.matches("</topic>").count(), 1);
            prop_assert!(out.ends_with("</topic>"));
            prop_assert!(!out.contains("secret") || words.contains("secret"));
        }
    }
}
