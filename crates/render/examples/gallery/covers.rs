//! A sample of every kind of cover, for `gallery --covers`.

use domain::{CoverKind, Language, Slide, SlideContent};

use crate::samples::{slide, text};

/// Every kind of cover.
pub(crate) fn covers(language: Language) -> Vec<Slide> {
    let cover = |emoji, cover, [kicker, title, subtitle]: [&str; 3]| {
        let kicker = (!kicker.is_empty()).then(|| text(kicker));
        let (title, subtitle) = (text(title), Some(text(subtitle)));
        slide(emoji, SlideContent::Title { title, subtitle, kicker, cover })
    };
    let texts = match language {
        Language::Ru => [
            ["Почему тесты важны", "Сломалось — и *тест* сказал первым", "Как начать: 4 шага"],
            ["Алерты", "Сколько тревог за неделю требовали *действия*?", "Наведи порядок: 4 шага"],
            ["", "-40%: Как мы ускорили сборку", "Главное из текста"],
            [
                "Код-ревью без обид",
                "Ревью — это *разговор*, а не суд",
                "Как начать разговор: 5 шагов",
            ],
            [
                "Как мы перестали бояться релизов",
                "Мы выпускали раз в месяц и *боялись*",
                "И что помогло",
            ],
        ],
        Language::En => [
            ["Why tests matter", "It broke, and the *test* said so first", "How to start: 4 steps"],
            ["Alerts", "How many alerts last week called for any *action*?", "Tidy up: 4 steps"],
            ["", "-40%: How we made the build faster", "The text in short"],
            [
                "Code review",
                "A review is a *conversation*, not a verdict",
                "How to begin it: 5 steps",
            ],
            [
                "How we stopped fearing releases",
                "We shipped once a month, in *fear*",
                "And what helped",
            ],
        ],
    };
    let emoji = ["🧪", "🚨", "📄", "💬", "🚢"];
    let kinds = CoverKind::ALL.iter().copied();
    let all = emoji.into_iter().zip(kinds).zip(texts);
    all.map(|((emoji, kind), texts)| cover(emoji, kind, texts)).collect()
}
