//! A sample carousel per language, with every kind of slide, for the gallery and for tests.

use domain::{
    CodeBlock, CoverKind, Items, Language, Marker, Polarity, Side, Slide, SlideContent, SlideText,
    VersusRow, VersusRows,
};

/// Every kind of slide, the title first and the summary last.
pub(crate) fn carousel(language: Language) -> Vec<Slide> {
    match language {
        Language::Ru => russian(),
        Language::En => english(),
    }
}

pub(crate) fn text(words: &str) -> SlideText {
    SlideText::parse(words).expect("sample texts are valid")
}

fn items(words: &[&str]) -> Items {
    Items::parse("items", words).expect("sample lists are valid")
}

pub(crate) fn slide(emoji: &str, content: SlideContent) -> Slide {
    Slide::new(content).with_emoji(emoji).expect("sample emoji are valid")
}

fn side(label: &str, words: &str) -> Side {
    Side { label: text(label), text: text(words) }
}

fn versus<const N: usize>(title: &str, names: [&str; 2], rows: [[&str; 3]; N]) -> SlideContent {
    let row = |[aspect, first, second]: [&str; 3]| VersusRow {
        aspect: text(aspect),
        sides: [text(first), text(second)],
    };
    let rows = VersusRows::new(rows.into_iter().map(row).collect());
    SlideContent::Versus {
        title: text(title),
        names: names.map(text),
        rows: rows.expect("a sample has few rows"),
    }
}

fn russian() -> Vec<Slide> {
    vec![
        slide("🧪", SlideContent::Title {
            title: text("Сломалось — и *тест* сказал первым"),
            subtitle: Some(text("И как начать писать их сегодня, даже если проекту пять лет")),
            kicker: Some(text("Почему тесты важны")),
            cover: CoverKind::Statement,
        }),
        slide("🧭", SlideContent::Principle {
            title: text("Тест — это первый пользователь вашего кода"),
            body: Some(text("Если код трудно проверить, его трудно и вызвать. Неудобный тест раньше всех говорит, что **интерфейс слишком сложен**.")),
        }),
        slide("🔁", SlideContent::Concept {
            term: text("Регрессия"),
            meaning: text("Ошибка в том, что **раньше работало**. Тесты ловят её до того, как её увидят пользователи, и не дают вернуться незамеченной."),
        }),
        slide("⚡", SlideContent::Practice {
            title: text("Начните за 15 минут"),
            steps: items(&[
                "Возьмите последнюю ошибку, которую вы исправили",
                "Напишите тест, который без исправления падает",
                "Запускайте его при каждой отправке кода",
            ]),
        }),
        slide("💬", SlideContent::Quote {
            text: text("Тестирование программ может показать наличие ошибок, но никогда — их отсутствие."),
            author: Some(text("Эдсгер Дейкстра")),
        }),
        slide("📋", SlideContent::List {
            title: text("Хороший тест"),
            items: items(&[
                "Проверяет одно поведение",
                "Читается как предложение",
                "Падает по одной причине",
                "Не зависит от соседей",
            ]),
            marker: Marker::Checked,
        }),
        slide("📊", SlideContent::Statistic {
            value: text("73 %"),
            label: text("команд находят большинство ошибок ещё до ревью, когда тесты запускаются сами"),
            source: Some(text("Пример для галереи, не исследование")),
        }),
        slide("🚦", SlideContent::Comparison {
            title: text("Пятничный релиз"),
            before: side("Без тестов", "Ручная проверка на два часа, выкладка с молитвой и телефон под подушкой."),
            after: side("С тестами", "Зелёная сборка за восемь минут, выкладка по кнопке и спокойные выходные."),
            polarity: Polarity::SecondBetter,
        }),
        slide("🥊", versus("Чем проверять", ["Модульный тест", "Сквозной тест"], [
            ["Скорость", "секунды", "минуты"],
            ["Что ломает", "одна функция", "что угодно вокруг"],
            ["Сколько нужно", "сотни", "десяток"],
        ])),
        slide("🦀", SlideContent::Code {
            title: text("Тест в Rust"),
            code: CodeBlock::parse("rust", "#[test]\nfn empty_cart_costs_nothing() {\n    let cart = Cart::new();\n    // Пустая корзина — ноль рублей\n    assert_eq!(cart.total(), 0);\n}").expect("a sample"),
            remark: Some(text("Имя теста — предложение. Упавший тест сам объясняет, что сломалось.")),
        }),
        slide("🎯", SlideContent::Summary {
            title: text("Тесты — это скорость"),
            points: Some(items(&[
                "Ошибки видны сразу",
                "Рефакторинг не страшен",
                "Код объясняет сам себя",
            ])),
            call_to_action: Some(text("Сохраните и напишите один тест сегодня")),
        }),
    ]
}

fn english() -> Vec<Slide> {
    vec![
        slide("🏷️", SlideContent::Title {
            title: text("Readers trust the *name* and skip the code"),
            subtitle: Some(text("Five habits that make code read like a sentence")),
            kicker: Some(text("How to name things")),
            cover: CoverKind::Statement,
        }),
        slide("🔍", SlideContent::Principle {
            title: text("A name is a promise"),
            body: Some(text("Readers trust it and skip the body. When the two disagree, **the name wins** and the bug hides.")),
        }),
        slide("🧠", SlideContent::Concept {
            term: text("Ubiquitous language"),
            meaning: text("The words that developers and customers share. If the business says *invoice*, so does the code."),
        }),
        slide("🛠️", SlideContent::Practice {
            title: text("Rename with courage"),
            steps: items(&[
                "Read the function without looking at its name",
                "Say in one sentence what it does",
                "Use the verb and the noun of that sentence",
                "Let the compiler find the callers",
            ]),
        }),
        slide("✒️", SlideContent::Quote {
            text: text("There are only two hard things in computer science: cache invalidation and naming things."),
            author: Some(text("Phil Karlton")),
        }),
        slide("✅", SlideContent::List {
            title: text("Names that age well"),
            items: items(&[
                "Say what, not how: `retry_after`, not `num2`",
                "No type in the name",
                "One word per concept",
                "Longer scope, longer name",
                "Booleans ask a question",
            ]),
            marker: Marker::Numbered,
        }),
        slide("⏱️", SlideContent::Statistic {
            value: text("10×"),
            label: text("more time is spent reading code than writing it"),
            source: Some(text("Robert C. Martin, “Clean Code”")),
        }),
        slide("⚖️", SlideContent::Comparison {
            title: text("The same line, twice"),
            before: side("Before", "`d = calc(u, 7)` makes every reader open the function."),
            after: side("After", "`deadline = days_after(signup, 7)` makes nobody open it."),
            polarity: Polarity::SecondBetter,
        }),
        slide("🥊", versus("Two ways to name it", ["Short", "Long"], [
            ["In a loop", "`i` is fine", "hides the loop"],
            ["In a module", "means nothing", "says what it holds"],
        ])),
        slide("🐍", SlideContent::Code {
            title: text("Let it read aloud"),
            code: CodeBlock::parse("python", "def overdue(invoices, today):\n    \"\"\"Invoices past their due date.\"\"\"\n    return [\n        invoice\n        for invoice in invoices\n        if invoice.due < today\n    ]").expect("a sample"),
            remark: Some(text("No comment needed: every word comes from the business.")),
        }),
        slide("🚀", SlideContent::Summary {
            title: text("Name it once, read it forever"),
            points: None,
            call_to_action: Some(text("Save this and rename one thing today")),
        }),
    ]
}
