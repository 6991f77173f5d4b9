//! The embedded notes follow the rules, and a note that breaks them is refused with its field.

use std::collections::HashMap;

use domain::Language;
use knowledge::Corpus;

const TAGS: &str = include_str!("../words/tags.toml");

#[test]
fn embedded_notes_are_valid() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/notes");
    let files: Vec<(String, String)> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    let notes = files.iter().map(|(n, t)| (n.as_str(), t.as_str()));
    if let Err(error) = Corpus::parse(TAGS, notes) {
        panic!("{error}");
    }
    assert!(Corpus::embedded().notes().len() >= 60);
    assert_eq!(Corpus::embedded().notes().len(), files.len());
}

/// A carousel combines several notes and must not repeat a text.
#[test]
fn no_text_is_used_twice() {
    for language in Language::ALL.iter().copied() {
        let mut seen: HashMap<String, &str> = HashMap::new();
        for note in Corpus::embedded().notes() {
            let words = note.wording(language);
            let mut texts = vec![
                &words.title,
                &words.hook,
                &words.idea,
                &words.why,
                &words.how,
                &words.takeaway,
                &words.question,
                &words.term,
            ];
            texts.extend(&words.practices);
            texts.extend(words.quote.iter().map(|quote| &quote.text));
            for text in texts {
                let before = seen.insert(text.to_lowercase(), &note.id);
                assert_eq!(before, None, "{}: “{text}” is used elsewhere", note.id);
            }
        }
    }
}

#[test]
fn every_emoji_is_valid_on_a_slide() {
    for note in Corpus::embedded().notes() {
        let title = domain::SlideText::parse(&note.ru.title).unwrap();
        let slide = domain::Slide::new(domain::SlideContent::title(title, None));
        assert!(slide.with_emoji(&note.emoji).is_ok(), "{}", note.id);
    }
}

#[test]
fn all_errors_are_reported_with_their_fields() {
    let good = include_str!("../notes/small-commits.toml");
    let bad = good
        .replace("title = \"Один коммит — одна мысль\"", "title = \"Один коммит - одна мысль.\"")
        .replace("tags = [\"git\"", "tags = [\"no-such-tag\"");
    let error = Corpus::parse(TAGS, [("small-commits", bad.as_str()), ("broken", "[ru")])
        .unwrap_err()
        .to_string();
    for part in [
        "broken: file: ",
        "small-commits: tags: “no-such-tag” is not in words/tags.toml",
        "small-commits: related: there is no note “commit-messages-say-why”",
        "small-commits: ru.title: has the wrong ending",
        "small-commits: ru.title: has \" - \", which is poor typography",
    ] {
        assert!(error.contains(part), "{part}\n---\n{error}");
    }
}
