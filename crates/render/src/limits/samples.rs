//! Prose of any length in both languages, and slides made of it.

use domain::{
    CodeBlock, Content, Items, Language, Marker, Side, SlideKind, Text, limits::CODE_CHARS,
};

use super::ITEMS;

/// A field of a kind of slide, and how long people write it, in characters.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) usual: f64,
    pub(super) count: usize,
}

impl Field {
    /// Its length at a scale, in characters.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "some hundreds of characters"
    )]
    pub(super) fn chars(&self, scale: f64) -> usize {
        (self.usual * scale) as usize
    }
}

const fn one(name: &'static str, usual: f64) -> Field {
    Field {
        name,
        usual,
        count: 1,
    }
}

const fn several(name: &'static str, usual: f64) -> Field {
    Field {
        name,
        usual,
        count: ITEMS,
    }
}

/// The fields of a kind of slide.
pub(super) fn fields(kind: SlideKind) -> &'static [Field] {
    const TITLE: &[Field] = &[one("title", 60.0), one("subtitle", 90.0)];
    const PRINCIPLE: &[Field] = &[one("title", 55.0), one("body", 180.0)];
    const CONCEPT: &[Field] = &[one("term", 28.0), one("meaning", 180.0)];
    const PRACTICE: &[Field] = &[one("title", 40.0), several("steps", 75.0)];
    const QUOTE: &[Field] = &[one("text", 200.0), one("author", 40.0)];
    const LIST: &[Field] = &[one("title", 40.0), several("items", 55.0)];
    const STATISTIC: &[Field] = &[one("value", 6.0), one("label", 110.0), one("source", 50.0)];
    const COMPARISON: &[Field] = &[
        one("title", 40.0),
        one("before.label", 18.0),
        one("before.text", 110.0),
        one("after.label", 18.0),
        one("after.text", 110.0),
    ];
    const CODE: &[Field] = &[one("title", 36.0), one("code", 240.0), one("remark", 90.0)];
    const SUMMARY: &[Field] = &[
        one("title", 40.0),
        several("points", 45.0),
        one("call_to_action", 55.0),
    ];
    match kind {
        SlideKind::Title => TITLE,
        SlideKind::Principle => PRINCIPLE,
        SlideKind::Concept => CONCEPT,
        SlideKind::Practice => PRACTICE,
        SlideKind::Quote => QUOTE,
        SlideKind::List => LIST,
        SlideKind::Statistic => STATISTIC,
        SlideKind::Comparison => COMPARISON,
        SlideKind::Code => CODE,
        SlideKind::Summary => SUMMARY,
    }
}

/// A slide of this kind, each field as long as `scale` says.
pub(super) fn content(kind: SlideKind, language: Language, scale: f64) -> Content {
    let fields = fields(kind);
    let chars = |name: &str| {
        let field = fields.iter().find(|field| field.name == name);
        field.map_or(1, |field| field.chars(scale)).max(1)
    };
    let text = |name: &str, turn: usize| prose(language, chars(name), turn);
    let items = |name: &str| {
        let texts: Vec<Text> = (0..ITEMS).map(|turn| text(name, turn)).collect();
        Items::parse("items", &texts).expect("five texts are items")
    };
    match kind {
        SlideKind::Title => Content::Title {
            title: text("title", 0),
            subtitle: Some(text("subtitle", 3)),
        },
        SlideKind::Principle => Content::Principle {
            title: text("title", 0),
            body: text("body", 2),
        },
        SlideKind::Concept => Content::Concept {
            term: text("term", 0),
            meaning: text("meaning", 2),
        },
        SlideKind::Practice => Content::Practice {
            title: text("title", 0),
            steps: items("steps"),
        },
        SlideKind::Quote => Content::Quote {
            text: text("text", 0),
            author: Some(text("author", 4)),
        },
        SlideKind::List => Content::List {
            title: text("title", 0),
            items: items("items"),
            marker: Marker::Numbered,
        },
        SlideKind::Statistic => Content::Statistic {
            value: Text::parse("73 %").expect("a text"),
            label: text("label", 1),
            source: Some(text("source", 2)),
        },
        SlideKind::Comparison => Content::Comparison {
            title: text("title", 0),
            before: side(&text, "before"),
            after: side(&text, "after"),
        },
        SlideKind::Code => Content::Code {
            title: text("title", 0),
            code: code(chars("code")),
            remark: Some(text("remark", 2)),
        },
        SlideKind::Summary => Content::Summary {
            title: text("title", 0),
            points: Some(items("points")),
            call_to_action: Some(text("call_to_action", 3)),
        },
    }
}

fn side(text: &impl Fn(&str, usize) -> Text, which: &str) -> Side {
    Side {
        label: text(&format!("{which}.label"), 1),
        text: text(&format!("{which}.text"), 2),
    }
}

/// Prose of about that many characters, beginning with the `turn`-th word.
fn prose(language: Language, chars: usize, turn: usize) -> Text {
    let source = match language {
        Language::Ru => {
            "Если код трудно проверить, его трудно и вызвать: неудобный тест раньше всех \
             предупреждает, что интерфейс получился слишком сложным, а ответственность размазана \
             между несколькими модулями. Пишите проверку до исправления, запускайте её при каждой \
             отправке и удаляйте без сожаления, когда она перестаёт что-нибудь объяснять."
        }
        Language::En => {
            "When code is hard to check it is also hard to call: an awkward test is the first to \
             tell you that the interface has become complicated and that responsibilities are \
             spread over several modules. Write the check before the correction, run it with \
             every push, and delete it without regret once it no longer explains anything."
        }
    };
    let words = source.split_whitespace().cycle().skip(turn * 5);
    let mut text = String::new();
    for word in words {
        if !text.is_empty() && text.chars().count() + 1 + word.chars().count() > chars {
            break;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    Text::parse(&text.chars().take(chars.max(1)).collect::<String>())
        .unwrap_or_else(|_| Text::parse("a").expect("a text"))
}

/// Code of about that many characters, in lines of usual length.
fn code(chars: usize) -> CodeBlock {
    let lines = [
        "fn total(cart: &Cart) -> Money {",
        "    cart.items()",
        "        .map(|item| item.price)",
        "        .sum()",
        "}",
        "",
        "#[test]",
        "fn empty_cart_is_free() {",
        "    assert_eq!(total(&Cart::new()), 0);",
        "}",
    ];
    let mut text = String::new();
    for line in lines.iter().cycle() {
        let longer = text.chars().count() + 1 + line.chars().count() > chars.min(CODE_CHARS);
        if longer || text.lines().count() >= 17 {
            break;
        }
        text.push_str(line);
        text.push('\n');
    }
    let first = lines[0];
    CodeBlock::parse("rust", &text)
        .or_else(|_| CodeBlock::parse("rust", first))
        .expect("one line is code")
}
