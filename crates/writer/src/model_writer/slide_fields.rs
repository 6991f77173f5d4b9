//! One slide in a model's reply: the fields of each kind, their limits, and the checks.

use domain::{
    ContentLanguage, CoverKind, Polarity, Slide, SlideKind,
    limits::VERSUS_ROWS_MAX as VERSUS_ROWS,
    record::{SideRecord, SlideRecord, VersusRowRecord},
};
use llm::reply_schema::FieldSchema;

use super::{ReplyErrors, addresses, text_cleanup};
use crate::{reply::SlideReply, text_limits};

/// Which side of a comparison is better or true, as the model names it.
const BETTER: [&str; 3] = ["first", "second", "neither"];

/// The polarity that a model named. Anything else claims nothing.
fn polarity(better: &str) -> Polarity {
    match better.trim().to_lowercase().as_str() {
        "first" => Polarity::FirstBetter,
        "second" => Polarity::SecondBetter,
        _ => Polarity::Neutral,
    }
}

/// The fields of a slide of this kind with their limits. A quote has none: we insert it.
pub(super) fn fields(kind: SlideKind) -> Vec<(String, FieldSchema)> {
    use text_limits::{
        BODY, CALL, ITEM, ITEMS, LABEL, LISTED_TITLE, MEANING, POINT, POINTS, SIDE, SUBTITLE, TERM,
        TITLE, VERSUS_NAME,
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
            ("better", FieldSchema::OneOf(BETTER.map(str::to_owned).to_vec())),
        ],
        SlideKind::Versus => vec![
            title(LISTED_TITLE),
            ("before_label", FieldSchema::Text(VERSUS_NAME, "the name of the first thing")),
            ("after_label", FieldSchema::Text(VERSUS_NAME, "the name of the second thing")),
            ("rows", FieldSchema::Object(versus_rows())),
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

/// The rows of a comparison of two things.
fn versus_rows() -> Vec<(String, FieldSchema)> {
    use text_limits::{VERSUS_ASPECT, VERSUS_CELL};
    let row = || {
        let text = |key: &str, max, about| (key.to_owned(), FieldSchema::Text(max, about));
        FieldSchema::Object(vec![
            text("aspect", VERSUS_ASPECT, "what is compared"),
            text("first", VERSUS_CELL, "what the first thing says to it"),
            text("second", VERSUS_CELL, "what the second thing says to it"),
        ])
    };
    (1..=VERSUS_ROWS).map(|number| (format!("row_{number}"), row())).collect()
}

/// The fields of the opening slide: three proposals, of which code takes the best.
pub(super) fn cover_shape(notes: &[String]) -> FieldSchema {
    let kinds = || CoverKind::ALL.iter().map(|kind| kind.name().to_owned()).collect();
    let kind = || ("cover".to_owned(), FieldSchema::OneOf(kinds()));
    let mut proposal = fields(SlideKind::Title);
    proposal.push(kind());
    let FieldSchema::Object(mut all) = shape(SlideKind::Title, notes) else {
        return FieldSchema::Object(proposal);
    };
    all.push(kind());
    all.push(("second".to_owned(), FieldSchema::Object(proposal.clone())));
    all.push(("third".to_owned(), FieldSchema::Object(proposal)));
    FieldSchema::Object(all)
}

/// The fields and limits for a prompt: `title ≤ 60, body ≤ 190`.
pub(super) fn field_limits(kind: SlideKind) -> String {
    let limit = |(key, shape): &(String, FieldSchema)| match shape {
        FieldSchema::Text(max, _) => format!("{key} ≤ {max}"),
        FieldSchema::Texts((least, most), max, _) => {
            format!("{key}: {least} to {most}, each ≤ {max}")
        }
        FieldSchema::OneOf(names) => format!("{key}: {}", names.join(" or ")),
        FieldSchema::Object(_) if kind == SlideKind::Versus => {
            use text_limits::{VERSUS_ASPECT, VERSUS_CELL};
            format!(
                "{key}: row_1 to row_{VERSUS_ROWS}, each with aspect ≤ {VERSUS_ASPECT}, \
                 first ≤ {VERSUS_CELL}, second ≤ {VERSUS_CELL}"
            )
        }
        FieldSchema::SomeOf(..) | FieldSchema::Flag(_) | FieldSchema::Object(_) => key.clone(),
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
            polarity: polarity(&raw.better).name().to_owned(),
            ..empty
        },
        SlideKind::Versus => {
            let name = |label: &str| {
                let label = text_cleanup::headline(label, text_limits::VERSUS_NAME);
                Some(SideRecord { label, text: String::new() })
            };
            SlideRecord {
                title: title("title"),
                before: name(&raw.before_label),
                after: name(&raw.after_label),
                rows: raw.rows.iter().take(VERSUS_ROWS).filter_map(versus_row).collect(),
                polarity: Polarity::Neutral.name().to_owned(),
                ..empty
            }
        }
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

/// A row; an empty one is left out.
fn versus_row(cells: &[String; 3]) -> Option<VersusRowRecord> {
    use text_limits::{VERSUS_ASPECT, VERSUS_CELL};
    let [aspect, first, second] = cells;
    let row = VersusRowRecord {
        aspect: text_cleanup::headline(aspect, VERSUS_ASPECT),
        first: text_cleanup::headline(first, VERSUS_CELL),
        second: text_cleanup::headline(second, VERSUS_CELL),
    };
    let is_empty = row.aspect.is_empty() && row.first.is_empty() && row.second.is_empty();
    (!is_empty).then_some(row)
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
        SlideKind::Versus => "🥊",
        SlideKind::Code => "💻",
        SlideKind::Summary => "📌",
    };
    own.to_owned()
}

/// Checks a slide and adds errors under `name`: missing or too long texts, markup, another
/// script, a cut title, addresses that are not in `given`. Returns the slide if there are none.
pub(super) fn checked(
    name: &str,
    kind: SlideKind,
    record: &SlideRecord,
    language: ContentLanguage,
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
            FieldSchema::Object(_) => check_rows(name, record, faults),
            FieldSchema::OneOf(_) | FieldSchema::SomeOf(..) | FieldSchema::Flag(_) => {}
        }
    }
    let all = all_texts(record);
    if let Some(mark) = all.iter().find_map(|text| text_cleanup::leftover(text)) {
        faults.add(format!("{name}: “{mark}” does not belong on a slide"));
    }
    if all.iter().any(|text| addresses::first_foreign(text, given).is_some()) {
        faults.add(format!("{name}: {}", addresses::FOREIGN_ADDRESS));
    }
    if text_cleanup::is_in_other_script(&all.join(". "), language) {
        faults.add_wrong_language(name, language);
    }
    if text_cleanup::is_cut(&record.title) {
        faults.add(format!("{name}: the title stops in the middle of a sentence"));
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

fn check_rows(name: &str, record: &SlideRecord, faults: &mut ReplyErrors) {
    use text_limits::{VERSUS_ASPECT, VERSUS_CELL};
    if record.rows.len() < 2 {
        faults.add(format!("{name}: {} rows, at least 2 are needed", record.rows.len()));
    }
    for row in &record.rows {
        let cells =
            [(&row.aspect, VERSUS_ASPECT), (&row.first, VERSUS_CELL), (&row.second, VERSUS_CELL)];
        let wrong = cells.iter().find(|(text, max)| !(1..=*max).contains(&text.chars().count()));
        if let Some((text, max)) = wrong {
            let chars = text.chars().count();
            faults.add(format!("{name}: a cell has {chars} characters, 1 to {max} are allowed"));
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

pub(super) fn all_texts(record: &SlideRecord) -> Vec<&str> {
    let sides = [&record.before, &record.after].into_iter().flatten();
    let sides = sides.flat_map(|side| [side.label.as_str(), side.text.as_str()]);
    let single = [record.title.as_str(), record.body.as_str()];
    let items = record.items.iter().map(String::as_str);
    let rows = record.rows.iter();
    let rows = rows.flat_map(|row| [row.aspect.as_str(), &row.first, &row.second]);
    let all = single.into_iter().chain(items).chain(sides).chain(rows);
    all.filter(|text| !text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use domain::{Format, ImageKind};
    use render::{RenderOptions, Renderer, RendererConfig, SlideBrand, SlidePosition};

    use domain::Language;

    use super::*;

    const RU: &str = "Программное обеспечение становится понятнее, когда каждое решение можно объяснить \
                      одним коротким предложением, а проверить одной командой на собственном компьютере ";
    const EN: &str = "Software becomes understandable when every decision can be explained in a short \
                      sentence and verified with a single command on your own machine at any time ";

    const ASKED: [SlideKind; 8] = [
        SlideKind::Title,
        SlideKind::Principle,
        SlideKind::Concept,
        SlideKind::Practice,
        SlideKind::List,
        SlideKind::Comparison,
        SlideKind::Versus,
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

    fn fullest_row(language: Language) -> [String; 3] {
        use text_limits::{VERSUS_ASPECT, VERSUS_CELL};
        [VERSUS_ASPECT, VERSUS_CELL, VERSUS_CELL].map(|max| words(language, max))
    }

    /// A slide of this kind; all its texts have their maximum length.
    fn fullest(kind: SlideKind, language: Language) -> Slide {
        let mut raw = SlideReply::default();
        for (key, shape) in fields(kind) {
            let (max, most) = match shape {
                FieldSchema::Text(max, _) => (max, 1),
                FieldSchema::Texts((_, most), max, _) => (max, most),
                FieldSchema::Object(rows) => {
                    raw.rows = rows.iter().map(|_| fullest_row(language)).collect();
                    continue;
                }
                FieldSchema::OneOf(_) | FieldSchema::SomeOf(..) | FieldSchema::Flag(_) => continue,
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
            let sided = matches!(kind, SlideKind::Comparison | SlideKind::Versus);
            sided.then_some(SideRecord { label, text })
        };
        let row = |[aspect, first, second]: [String; 3]| VersusRowRecord { aspect, first, second };
        let record = SlideRecord {
            kind: kind.name().to_owned(),
            before: side(&raw.before_label, &raw.before),
            after: side(&raw.after_label, &raw.after),
            title: raw.title,
            body: raw.body,
            items: raw.items,
            rows: raw.rows.into_iter().map(row).collect(),
            emoji: "🚀".to_owned(),
            marker: if kind == SlideKind::List { "checked" } else { "" }.to_owned(),
            ..SlideRecord::default()
        };
        Slide::try_from(&record).unwrap()
    }

    /// A title slide with a topic, in every kind of cover; any other slide as it is.
    fn all_covers(slide: Slide) -> Vec<Slide> {
        if slide.kind() != SlideKind::Title {
            return vec![slide];
        }
        let record = SlideRecord::from(&slide);
        let cover = |kind: &CoverKind| SlideRecord {
            cover: kind.name().to_owned(),
            attribution: words(Language::Ru, 60),
            title: format!(
                "{}{}",
                if *kind == CoverKind::Number { "73% " } else { "" },
                record.title
            ),
            ..record.clone()
        };
        CoverKind::ALL.iter().map(|kind| Slide::try_from(&cover(kind)).unwrap()).collect()
    }

    /// Texts within the limits fit in every theme and format.
    #[test]
    fn the_longest_texts_fit_their_slides() {
        let renderer = Renderer::new(&RendererConfig::default()).unwrap();
        let place = SlidePosition::all(7).nth(1).unwrap();
        for (kind, language) in
            ASKED.iter().flat_map(|k| Language::ALL.iter().map(move |l| (*k, *l)))
        {
            for slide in all_covers(fullest(kind, language)) {
                for theme in renderer.themes() {
                    for format in Format::ALL.iter().copied() {
                        let look = RenderOptions {
                            theme: theme.clone(),
                            format,
                            language: language.into(),
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
