//! Tests of the Web UI's texts with an independent Markdown parser: text from users, pages and
//! models is never interpreted as Markdown.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use domain::{CarouselStage, Outcome, record::BriefRecord};
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use workflows::{
    carousel::CarouselResult,
    destination::DestinationRecord,
    web_ui::{EscapedDetails, EscapedText},
    web_ui_texts,
};

/// Topics that were interpreted as Markdown before.
const HOSTILE: [&str; 18] = [
    "[click](https://evil.example/login)",
    "![x](https://evil.example/pixel.png)",
    "<details><summary>more</summary>hidden</details>",
    "<img src=x onerror=alert(1)>",
    "<a href=\"https://evil.example\">Temporal</a>",
    "https://evil.example/a",
    "http://127.0.0.1:8233/",
    "www.evil.example",
    "evil.example/login",
    "admin@evil.example",
    "<https://evil.example>",
    "[x]: https://evil.example\n\n[x]",
    "# heading\n- list\n---",
    "`code` **bold** _em_ ~~gone~~",
    "| a | b |\n|---|---|\n| c | d |",
    "&lt;b&gt; &#60;script&#62;",
    "javascript:alert(1) mailto:a tel:1",
    "1. one\n> quote\n$x$",
];

/// All elements except plain text, as a parser with every extension sees them, and all bare
/// addresses that a link detector would link.
fn markdown_elements(markdown: &str, allowed: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for event in Parser::new_ext(markdown, Options::all()) {
        let what = match event {
            Event::Text(_) | Event::SoftBreak => continue,
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => continue,
            Event::Start(Tag::List(None) | Tag::Item) => "list",
            Event::End(TagEnd::List(false) | TagEnd::Item) => "list",
            Event::Start(Tag::Strong) | Event::End(TagEnd::Strong) => "strong",
            other => {
                found.push(format!("{other:?}"));
                continue;
            }
        };
        if !allowed.contains(&what) {
            found.push(what.to_owned());
        }
    }
    let chars: Vec<char> = markdown.chars().collect();
    for three in chars.windows(3) {
        let address = three[0].is_alphanumeric() && three[1] == '.' && three[2].is_alphanumeric();
        let scheme = three == [':', '/', '/'];
        let at = three[1] == '@' && !three[0].is_whitespace() && three[0] != '\u{2060}';
        if address || scheme || at {
            found.push(three.iter().collect());
        }
    }
    found
}

fn brief(text: &str) -> BriefRecord {
    BriefRecord {
        topic: text.to_owned(),
        language: text.to_owned(),
        theme: text.to_owned(),
        format: text.to_owned(),
        link: text.to_owned(),
        text: text.to_owned(),
        voice: text.to_owned(),
        slides: 7,
        ..BriefRecord::default()
    }
}

fn check_summaries(text: &str) {
    for summary in [
        EscapedText::plain(text),
        EscapedText::from(format!("openai writes «{text}»")),
        EscapedText::quoted(text, text),
        web_ui_texts::summary(&brief(text)),
        web_ui_texts::edit_summary(text),
        web_ui_texts::question_summary(text, text),
    ] {
        let summary = summary.as_str();
        assert_eq!(markdown_elements(summary, &[]), Vec::<String>::new(), "{summary}");
        assert!(summary.len() <= 400 && !summary.contains('\n'), "{summary}");
    }
}

fn check_details(text: &str) {
    let result = CarouselResult {
        outcome: Some(Outcome::Failed),
        reason: text.to_owned(),
        ..CarouselResult::default()
    };
    let to = DestinationRecord::folder(text);
    for details in [
        web_ui_texts::request_details(text, &brief(text), &to),
        web_ui_texts::progress_details(CarouselStage::Writing, text, None),
        web_ui_texts::progress_details(CarouselStage::Finished, text, Some(&result)),
        EscapedDetails::default().line(text).item(text).named(text, text),
        web_ui_texts::failure_details(text),
    ] {
        let details = details.as_str();
        let drawn = markdown_elements(details, &["list", "strong"]);
        assert_eq!(drawn, Vec::<String>::new(), "{details}");
    }
}

#[test]
fn hostile_topics_render_as_plain_text() {
    for text in HOSTILE {
        check_summaries(text);
        check_details(text);
    }
}

/// Proves that the check itself can fail.
#[test]
fn unescaped_hostile_topics_render_as_markdown() {
    for text in HOSTILE {
        let seen = !markdown_elements(text, &[]).is_empty()
            || text.starts_with("javascript")
            || text.starts_with('&');
        assert!(seen, "{text}");
    }
}

#[test]
fn ordinary_topics_are_unchanged() {
    for text in [
        "Почему тесты важны",
        "C++ or Rust: which one? (2026)",
        "snake_case, kebab-case and 50% off — «done»!",
        "At 09:30, three things; half an hour.",
    ] {
        assert_eq!(EscapedText::plain(text).as_str(), text);
    }
}

proptest! {
    #[test]
    fn any_text_renders_as_plain_text(text in r#"([\[\]()<>!#*_`~|\\&;:/.@=+$^{}"'%-]|[a-z0-9]| |\n|\t|https://|www\.|<img |\]\(|evil\.example|[а-я]|\PC){0,60}"#) {
        check_summaries(&text);
        check_details(&text);
    }
}

const SINKS: [&str; 6] = [
    ".static_summary(",
    ".static_details(",
    ".summary(",
    "set_current_details(",
    "memo.insert(",
    "summary: Some(",
];

/// All text for the Web UI passes through `web_ui`, also after future changes.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test is not replayed")]
fn every_web_ui_text_is_escaped() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut sinks = 0;
    for folder in ["workflows", "gateway", "workers", "activities", "crates/dev"] {
        let mut files = Vec::new();
        sources(std::path::Path::new(&format!("{root}/{folder}/src")), &mut files);
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            for sink in SINKS {
                for (at, _) in text.match_indices(sink) {
                    let argument = text[at + sink.len()..].trim_start();
                    let argument: String = argument.chars().take(60).collect();
                    sinks += 1;
                    let (ok, file) = (is_escaped(&argument, &text), file.display());
                    assert!(ok, "{file}: {sink}{argument}");
                }
            }
        }
    }
    assert!(sinks >= 18, "only {sinks} were found");
}

/// Whether the argument has a type of `web_ui`, constructed here or declared in this file.
fn is_escaped(argument: &str, file: &str) -> bool {
    let ours = ["web_ui_texts::", "web_ui::"].iter().any(|m| argument.contains(m));
    if ours && !argument.contains("truncated") {
        return true;
    }
    // Our own numbers of users and updates, and a getter.
    if ["USER_MEMO,", "UPDATE_MEMO,", ")"].iter().any(|own| argument.starts_with(own)) {
        return true;
    }
    let name = argument.trim_start_matches("json(&");
    let name: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let typed = [": web_ui::", " = web_ui::", ": impl Into<web_ui::"];
    typed.iter().any(|t| file.contains(&format!("{name}{t}")))
}

fn sources(folder: &std::path::Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}
