//! Fills any JSON Schema that a model may be asked for with good text: different sentences of the
//! knowledge notes, in the requested language, each within its length limit.

use domain::Language;
use knowledge::Corpus;
use serde_json::{Map, Value};

/// A reply that fits this JSON Schema.
pub fn write(schema: &Value, language: Language) -> Value {
    let labels = match language {
        Language::Ru => ["Было", "Стало"],
        Language::En => ["Before", "After"],
    };
    SchemaFiller { labels, sentences: sentences(language), next: 0 }.fill(schema, "")
}

/// A reply that fits this JSON Schema and consists of these sentences.
pub fn write_from(schema: &Value, sentences: Vec<String>) -> Value {
    SchemaFiller { labels: ["1", "2"], sentences, next: 0 }.fill(schema, "")
}

/// A reply that fits this JSON Schema and has `text` in every string, cut to the length limit.
pub fn repeat(schema: &Value, text: &str) -> Value {
    if let Some(choices) = schema["enum"].as_array() {
        return choices.first().cloned().unwrap_or_default();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let empty = Map::new();
            let fields = schema["properties"].as_object().unwrap_or(&empty);
            let filled = fields.iter().map(|(key, schema)| (key.clone(), repeat(schema, text)));
            Value::Object(filled.collect())
        }
        Some("array") => vec![repeat(&schema["items"], text); 3].into(),
        Some("boolean") => true.into(),
        _ => text.chars().take(length_limit(schema)).collect::<String>().into(),
    }
}

struct SchemaFiller {
    /// Of a comparison's sides.
    labels: [&'static str; 2],
    sentences: Vec<String>,
    next: usize,
}

impl SchemaFiller {
    fn fill(&mut self, schema: &Value, key: &str) -> Value {
        if key == "better" {
            // The labels are "before" and "after".
            return "second".into();
        }
        if let Some(choices) = schema["enum"].as_array() {
            return choices.first().cloned().unwrap_or_default();
        }
        match schema["type"].as_str() {
            Some("object") => {
                let empty = Map::new();
                let fields = schema["properties"].as_object().unwrap_or(&empty);
                let filled =
                    fields.iter().map(|(key, schema)| (key.clone(), self.fill(schema, key)));
                Value::Object(filled.collect())
            }
            Some("array") => {
                (0..3).map(|_| self.fill(&schema["items"], key)).collect::<Vec<_>>().into()
            }
            Some("boolean") => true.into(),
            _ => self.text(key, length_limit(schema)).into(),
        }
    }

    fn text(&mut self, key: &str, most: usize) -> String {
        match key {
            "emoji" => return "🚀".to_owned(),
            "before_label" => return self.labels[0].to_owned(),
            "after_label" => return self.labels[1].to_owned(),
            _ => {}
        }
        self.next += 1;
        let fitting = self.sentences.iter().filter(|s| s.chars().count() <= most);
        let fitting: Vec<&String> = fitting.collect();
        let sentence = match fitting.as_slice() {
            [] => self.sentences[self.next % self.sentences.len()].clone(),
            some => some[self.next * 7 % some.len()].clone(),
        };
        if key == "hashtags" {
            let word: String = sentence.chars().filter(|c| c.is_alphabetic()).take(9).collect();
            return format!("{word}{}", self.next);
        }
        sentence.chars().take(most).collect()
    }
}

/// The length limit of a schema: from `maxLength`, or from the number in its description.
fn length_limit(schema: &Value) -> usize {
    if let Some(most) = schema["maxLength"].as_u64() {
        return usize::try_from(most).unwrap_or(usize::MAX);
    }
    let about = schema["description"].as_str().unwrap_or_default();
    let words = about.split("at most ").nth(1).and_then(|rest| rest.split(' ').next());
    words.and_then(|n| n.parse().ok()).unwrap_or(80)
}

fn sentences(language: Language) -> Vec<String> {
    let notes = Corpus::embedded().notes().iter();
    notes
        .map(|note| note.wording(language))
        .flat_map(|w| [&w.title, &w.takeaway, &w.idea, &w.why, &w.term, &w.before, &w.question])
        .cloned()
        .collect()
}
