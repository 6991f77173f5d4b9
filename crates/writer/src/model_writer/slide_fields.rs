//! One slide in a model's reply: the fields of each kind, their limits, and the checks.

use domain::{
    Language, Slide, SlideKind,
    record::{SideRecord, SlideRecord},
};
use llm::reply_schema::FieldSchema;

use super::{ReplyErrors, addresses, text_cleanup};
use crate::{reply::SlideReply, text_limits};

/// The fields of a slide of this kind with their limits. A quote has none: we insert it.
pub(super) fn fields(kind: SlideKind) -> Vec<(String, FieldSchema)> {
    use text_limits::{
        BODY, CALL, ITEM, ITEMS, LABEL, LISTED_TITLE, MEANING, POINT, POINTS, SIDE, SUBTITLE, TERM,
        TITLE,
    };
    let title = |max| ("title", FieldSchema::Text(max, "the headline"));
    let fields = match kind {
        SlideKind::Title => {
            vec![title(TITLE), ("subtitle", FieldSchema::Text(SUBTITLE, "what the reader gets"))]
        }
        SlideKind::Principle => {
            vec![title(TITLE), ("body", FieldSchema::Text(BODY, "the paragraph"))]
        }
        SlideKind::Concept => vec![
            ("term", FieldSchema::Text(TERM, "the term")),
            ("meaning", FieldSchema::Text(MEANING, "what it means")),
        ],
        SlideKind::Practice => vec![
            title(LISTED_TITLE),
            ("steps", FieldSchema::Texts(ITEMS, ITEM, "what to do, in order")),
        ],
        SlideKind::List => {
            vec![title(LISTED_TITLE), ("items", FieldSchema::Texts(ITEMS, ITEM, "the things"))]
        }
        SlideKind::Comparison => vec![
            title(LISTED_TITLE),
            ("before_label", FieldSchema::Text(LABEL, "the name of the first side")),
            ("before", FieldSchema::Text(SIDE, "the first side")),
            ("after_label", FieldSchema::Text(LABEL, "the name of the second side")),
            ("after", FieldSchema::Text(SIDE, "the second side")),
        ],
        SlideKind::Summary => vec![
            title(TITLE),
            ("points", FieldSchema::Texts(POINTS, POINT, "what to take along")),
            ("call_to_action", FieldSchema::Text(CALL, "one thing to do next")),
        ],
        // Not requested from a model: numbers and quotes would be invented, code might not run.
        SlideKind::Quote | SlideKind::Statistic | SlideKind::Code => vec![],
    };
    let owned = |(key, shape): (&str, FieldSchema)| (key.to_owned(), shape);
    fields.into_iter().map(owned).collect()
}

/// The fields and limits for a prompt: `title ≤ 60, body ≤ 190`.
pub(super) fn field_limits(kind: SlideKind) -> String {
    let limit = |(key, shape): &(String, FieldSchema)| match shape {
        FieldSchema::Text(max, _) => format!("{key} ≤ {max}"),
        FieldSchema::Texts((least, most), max, _) => {
            format!("{key}: {least} to {most}, each ≤ {max}")
        }
        FieldSchema::OneOf(_)
        | FieldSchema::SomeOf(..)
        | FieldSchema::Flag(_)
        | FieldSchema::Object(_) => key.clone(),
    };
    let all: Vec<String> = fields(kind).iter().map(limit).collect();
    all.join(", ")
}

/// The schema of a slide: its fields, an emoji, and the note that it is based on, if there are
/// notes.
pub(super) fn shape(kind: SlideKind, notes: &[String]) -> FieldSchema {
    /// Longest emoji, in characters: a family of four with its joiners.
    const EMOJI: usize = 12;
    let mut all = fields(kind);
    all.push(("emoji".to_owned(), FieldSchema::Text(EMOJI, "exactly one emoji")));
    if !notes.is_empty() {
        let mut ids = notes.to_vec();
        ids.push(String::new());
        all.push(("note".to_owned(), FieldSchema::OneOf(ids)));
    }
    FieldSchema::Object(all)
}

/// Converts the reply to a record and cleans up its texts.
pub(super) fn record(kind: SlideKind, raw: &SlideReply, notes: &[String]) -> SlideRecord {
    let limit = |key: &str| {
        let fields = fields(kind);
        let found = fields.iter().find(|(name, _)| name == key);
        found.map_or(usize::MAX, |(_, shape)| match shape {
            FieldSchema::Text(max, _) | FieldSchema::Texts(_, max, _) => *max,
            FieldSchema::OneOf(_)
            | FieldSchema::SomeOf(..)
            | FieldSchema::Flag(_)
            | FieldSchema::Object(_) => usize::MAX,
        })
    };
    let items = |key: &str| {
        let tidied = raw.items.iter().map(|item| text_cleanup::headline(item, limit(key)));
        let filled = tidied.filter(|item| !item.is_empty());
        filled.take(domain::limits::ITEMS_MAX).collect::<Vec<_>>()
    };
    let title = |key: &str| text_cleanup::headline(&raw.title, limit(key));
    let body = |key: &str| text_cleanup::tidy(&raw.body, limit(key));
    let side = |label: &str, text: &str| {
        Some(SideRecord {
            label: text_cleanup::headline(label, text_limits::LABEL),
            text: text_cleanup::tidy(text, text_limits::SIDE),
        })
    };
    let empty = SlideRecord {
        kind: kind.name().to_owned(),
        emoji: emoji(kind, &raw.emoji),
        note: raw.note.trim().to_owned(),
        ..SlideRecord::default()
    };
    let mut record = match kind {
        SlideKind::Title => SlideRecord {
            title: title("title"),
            body: text_cleanup::headline(&raw.body, limit("subtitle")),
            ..empty
        },
        SlideKind::Principle => SlideRecord { title: title("title"), body: body("body"), ..empty },
        SlideKind::Concept => SlideRecord { title: title("term"), body: body("meaning"), ..empty },
        SlideKind::Practice => {
            SlideRecord { title: title("title"), items: items("steps"), ..empty }
        }
        SlideKind::List => SlideRecord {
            title: title("title"),
            items: items("items"),
            marker: "checked".to_owned(),
            ..empty
        },
        SlideKind::Comparison => SlideRecord {
            title: title("title"),
            before: side(&raw.before_label, &raw.before),
            after: side(&raw.after_label, &raw.after),
            ..empty
        },
        SlideKind::Summary => SlideRecord {
            title: title("title"),
            items: items("points"),
            body: body("call_to_action"),
            ..empty
        },
        SlideKind::Quote | SlideKind::Statistic | SlideKind::Code => empty,
    };
    if !notes.contains(&record.note) {
        record.note.clear();
    }
    record
}

/// The given emoji if it is one; otherwise a default for the kind.
fn emoji(kind: SlideKind, given: &str) -> String {
    let probe = SlideRecord {
        kind: "title".to_owned(),
        title: "x".to_owned(),
        emoji: given.trim().to_owned(),
        ..SlideRecord::default()
    };
    if !probe.emoji.is_empty() && Slide::try_from(&probe).is_ok() {
        return probe.emoji;
    }
    let own = match kind {
        SlideKind::Title => "✨",
        SlideKind::Principle => "💡",
        SlideKind::Concept => "📖",
        SlideKind::Practice => "🛠️",
        SlideKind::Quote => "💬",
        SlideKind::List => "✅",
        SlideKind::Statistic => "📊",
        SlideKind::Comparison => "⚖️",
        SlideKind::Code => "💻",
        SlideKind::Summary => "📌",
    };
    own.to_owned()
}

/// Checks a slide and adds errors under `name`: missing or too long texts, markup, another
/// language, addresses that are not in `given`. Returns the slide if there are none.
pub(super) fn checked(
    name: &str,
    kind: SlideKind,
    record: &SlideRecord,
    language: Language,
    given: &str,
    faults: &mut ReplyErrors,
) -> Option<Slide> {
    let before = faults.count();
    for (key, shape) in fields(kind) {
        let found = texts_of(record, &key);
        match shape {
            FieldSchema::Text(max, _) => {
                let text = found.first().copied().unwrap_or_default();
                let chars = text.chars().count();
                if !(1..=max).contains(&chars) {
                    faults.add(format!(
                        "{name}: {key} has {chars} characters, 1 to {max} are allowed"
                    ));
                }
            }
            FieldSchema::Texts((least, _), max, _) => {
                if found.len() < least.min(2) {
                    faults.add(format!(
                        "{name}: {key} has {} entries, {least} are needed",
                        found.len()
                    ));
                }
                for text in found.iter().filter(|text| text.chars().count() > max) {
                    let chars = text.chars().count();
                    faults.add(format!(
                        "{name}: one of {key} has {chars} characters, {max} are allowed"
                    ));
                }
            }
            FieldSchema::OneOf(_)
            | FieldSchema::SomeOf(..)
            | FieldSchema::Flag(_)
            | FieldSchema::Object(_) => {}
        }
    }
    let all = all_texts(record);
    if let Some(mark) = all.iter().find_map(|text| text_cleanup::leftover(text)) {
        faults.add(format!("{name}: “{mark}” does not belong on a slide"));
    }
    if all.iter().any(|text| addresses::first_foreign(text, given).is_some()) {
        faults.add(format!("{name}: {}", addresses::FOREIGN_ADDRESS));
    }
    if !text_cleanup::is_in_language(&all.join(". "), language) {
        faults.add(format!("{name} is not written in {}", super::language_name(language)));
    }
    if faults.count() > before {
        return None;
    }
    match Slide::try_from(record) {
        Ok(slide) => Some(slide),
        Err(e) => {
            faults.add(format!("{name}: {e}"));
            None
        }
    }
}

/// The texts of a schema field.
fn texts_of<'r>(record: &'r SlideRecord, key: &str) -> Vec<&'r str> {
    let side = |side: &'r Option<SideRecord>| side.as_ref();
    match key {
        "title" | "term" => vec![&record.title],
        "subtitle" | "body" | "meaning" | "call_to_action" => vec![&record.body],
        "steps" | "items" | "points" => record.items.iter().map(String::as_str).collect(),
        "before_label" => side(&record.before).map(|s| s.label.as_str()).into_iter().collect(),
        "before" => side(&record.before).map(|s| s.text.as_str()).into_iter().collect(),
        "after_label" => side(&record.after).map(|s| s.label.as_str()).into_iter().collect(),
        "after" => side(&record.after).map(|s| s.text.as_str()).into_iter().collect(),
        _ => vec![],
    }
}

/// All visible texts of a slide.
pub(super) fn all_texts(record: &SlideRecord) -> Vec<&str> {
    let sides = [&record.before, &record.after].into_iter().flatten();
    let sides = sides.flat_map(|side| [side.label.as_str(), side.text.as_str()]);
    let single = [record.title.as_str(), record.body.as_str()];
    let items = record.items.iter().map(String::as_str);
    let all = single.into_iter().chain(items).chain(sides);
    all.filter(|text| !text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use domain::{Format, ImageKind};
    use render::{RenderOptions, Renderer, RendererConfig, SlideBrand, SlidePosition};

    use super::*;

    const RU: &str = "Программное обеспечение становится понятнее, когда каждое решение можно объяснить \
                      одним коротким предложением, а проверить одной командой на собственном компьютере ";
    const EN: &str = "Software becomes understandable when every decision can be explained in a short \
                      sentence and verified with a single command on your own machine at any time ";

    /// Every kind that is requested from a model.
    const ASKED: [SlideKind; 7] = [
        SlideKind::Title,
        SlideKind::Principle,
        SlideKind::Concept,
        SlideKind::Practice,
        SlideKind::List,
        SlideKind::Comparison,
        SlideKind::Summary,
    ];

    /// Ordinary words of exactly this length.
    fn words(language: Language, max: usize) -> String {
        let source = match language {
            Language::Ru => RU,
            Language::En => EN,
        };
        let text: String = source.chars().cycle().take(max).collect();
        // A trailing space would be trimmed.
        text.trim_end().to_owned() + if text.ends_with(' ') { "s" } else { "" }
    }

    /// A slide of this kind; all its texts have their maximum length.
    fn fullest(kind: SlideKind, language: Language) -> Slide {
        let mut raw = SlideReply::default();
        for (key, shape) in fields(kind) {
            let (max, most) = match shape {
                FieldSchema::Text(max, _) => (max, 1),
                FieldSchema::Texts((_, most), max, _) => (max, most),
                FieldSchema::OneOf(_)
                | FieldSchema::SomeOf(..)
                | FieldSchema::Flag(_)
                | FieldSchema::Object(_) => continue,
            };
            let text = words(language, max);
            match key.as_str() {
                "title" | "term" => raw.title = text,
                "subtitle" | "body" | "meaning" | "call_to_action" => raw.body = text,
                "steps" | "items" | "points" => raw.items = vec![text; most],
                "before_label" => raw.before_label = text,
                "before" => raw.before = text,
                "after_label" => raw.after_label = text,
                "after" => raw.after = text,
                other => panic!("{other} is no field of a slide"),
            }
        }
        // Not through `record`, which would cut texts of maximum length.
        let side = |label: &str, text: &str| {
            let (label, text) = (label.to_owned(), text.to_owned());
            (kind == SlideKind::Comparison).then_some(SideRecord { label, text })
        };
        let record = SlideRecord {
            kind: kind.name().to_owned(),
            before: side(&raw.before_label, &raw.before),
            after: side(&raw.after_label, &raw.after),
            title: raw.title,
            body: raw.body,
            items: raw.items,
            emoji: "🚀".to_owned(),
            marker: if kind == SlideKind::List { "checked" } else { "" }.to_owned(),
            ..SlideRecord::default()
        };
        Slide::try_from(&record).unwrap()
    }

    /// Texts within the limits fit in every theme and format.
    #[test]
    fn the_longest_texts_fit_their_slides() {
        let renderer = Renderer::new(&RendererConfig::default()).unwrap();
        let place = SlidePosition::all(7).nth(1).unwrap();
        for kind in ASKED {
            for language in [Language::Ru, Language::En] {
                let slide = fullest(kind, language);
                for theme in renderer.themes() {
                    for format in Format::ALL.iter().copied() {
                        let look = RenderOptions {
                            theme: theme.clone(),
                            format,
                            language,
                            brand: SlideBrand::default(),
                        };
                        let drawn = renderer.draw(&slide, place, &look, ImageKind::Jpeg);
                        let case = format!("{} {language:?} {theme} {format:?}", kind.name());
                        assert!(drawn.is_ok(), "{case}: {}", drawn.unwrap_err());
                    }
                }
            }
        }
    }
}
