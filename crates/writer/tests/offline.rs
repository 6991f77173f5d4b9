//! Properties of the offline provider for *any* brief, and a snapshot of its drafts for a few
//! topics.

#![expect(clippy::unwrap_used, reason = "the tests' own helpers are tests too")]

use std::{collections::HashSet, fmt::Write as _};

use domain::{
    Brief, Draft, Format, ImageKind, Language, LongText, SlideContent, SlideCount, SlideKind,
    ThemeId, Topic, alt_text, limits,
    record::{DraftRecord, SlideRecord},
};
use knowledge::Corpus;
use proptest::prelude::*;
use writer::offline::{self, OfflineError};

fn brief(topic: &str, language: Language, slides: u8) -> Brief {
    Brief {
        topic: Topic::parse(topic).unwrap(),
        text: None,
        link: None,
        voice: None,
        titled: false,
        language_from_source: false,
        language: language.into(),
        slides: SlideCount::new(slides).unwrap(),
        theme: ThemeId::default(),
        format: Format::ALL[0],
        image: ImageKind::ALL[0],
        questions: false,
    }
}

/// The draft; of questions if the notes do not cover the topic.
fn draft(brief: &Brief, text: Option<&LongText>) -> Draft {
    try_draft(brief, text).unwrap()
}

fn try_draft(brief: &Brief, text: Option<&LongText>) -> Result<Draft, OfflineError> {
    let corpus = Corpus::embedded();
    let questions = || Brief { questions: true, ..brief.clone() };
    let (brief, analysis) = match offline::analyse(corpus, brief, text) {
        Ok(analysis) => (brief.clone(), analysis),
        Err(_) => (questions(), offline::analyse(corpus, &questions(), text).unwrap()),
    };
    offline::write(corpus, &brief, text, &analysis)
}

/// A draft from notes has the requested number of slides.
fn check_all_slides(draft: &Draft, brief: &Brief) {
    assert_eq!(draft.slides().len(), usize::from(brief.slides.get()));
    check(draft, brief);
}

/// A draft from a text may have fewer slides.
fn check(draft: &Draft, brief: &Brief) {
    let slides = draft.slides();
    let kinds: Vec<SlideKind> = slides.iter().map(domain::Slide::kind).collect();
    let most = brief.slides.get();
    assert!((limits::SLIDES_MIN..=most).contains(&u8::try_from(slides.len()).unwrap()));
    assert_eq!(kinds.first(), Some(&SlideKind::Title));
    assert_eq!(kinds.last(), Some(&SlideKind::Summary));
    assert!(!kinds[1..kinds.len() - 1].contains(&SlideKind::Title));
    let mut said = HashSet::new();
    for slide in slides {
        let words = match slide.content() {
            SlideContent::Comparison { title, before, after, polarity: _ } => {
                vec![title.as_str(), before.text.as_str(), after.text.as_str()]
            }
            SlideContent::Statistic { value, label, source: _ } => {
                vec![value.as_str(), label.as_str()]
            }
            SlideContent::Versus { title, .. } => vec![title.as_str()],
            SlideContent::Quote { text, .. } => vec![text.as_str()],
            content => content.words(),
        };
        for text in words {
            assert!(said.insert(text.to_lowercase()), "said twice: {text}");
        }
        if let SlideContent::Quote { text, author } = slide.content() {
            assert!(author.is_some(), "nobody says {text:?}");
        }
        assert!(slide.emoji().is_some());
        let note = slide.note();
        assert!(note.is_none_or(|id| Corpus::embedded().get(id).is_some()), "{note:?}");
    }
    assert!(draft.hashtags().iter().count() >= 2);
    let again = Draft::try_from(&DraftRecord::from(draft)).unwrap();
    assert_eq!(&again, draft, "a draft survives being stored");
}

fn languages() -> impl Strategy<Value = Language> {
    prop_oneof![Just(Language::Ru), Just(Language::En)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn offline_writes_any_topic(
        raw in "\\PC{1,120}|[а-яА-Я «»„“\"'.,—:!?]{1,300}|[a-zA-Z ’]{1,300}",
        language in languages(),
        slides in 3u8..=10,
    ) {
        prop_assume!(Topic::parse(&raw).is_ok());
        let brief = brief(&raw, language, slides);
        check_all_slides(&draft(&brief, None), &brief);
    }

    #[test]
    fn offline_condenses_any_text(
        raw in "\\PC{1,400}|([А-Я][а-я ,—:«»]{5,120}[.!?] ?\n{0,2}){1,40}|(- [a-z ]{1,40}\n|# [A-Z ]{1,30}\n\n|[A-Z][a-z ,]{10,90}\\. ){1,40}",
        language in languages(),
        slides in 3u8..=10,
    ) {
        prop_assume!(LongText::parse(&raw).is_ok());
        let text = LongText::parse(&raw).unwrap();
        let brief = Brief { topic: document::headline_of(&text), ..brief("t", language, slides) };
        match try_draft(&brief, Some(&text)) {
            Ok(draft) => check(&draft, &brief),
            Err(refused) => prop_assert_eq!(refused, OfflineError::TooShort),
        }
    }
}

#[test]
fn every_note_suffices_for_short_and_long_carousels() {
    for note in Corpus::embedded().notes() {
        for language in Language::ALL.iter().copied() {
            for slides in [limits::SLIDES_MIN, 6, limits::SLIDES_MAX] {
                let brief = brief(&note.wording(language).title, language, slides);
                check_all_slides(&draft(&brief, None), &brief);
            }
        }
    }
}

#[test]
fn no_three_slides_of_one_kind_in_a_row() {
    for topic in [
        "Почему тесты важны",
        "принципы VIBECODING",
        "How to name things",
        "code review",
        "выгорание",
        "API design",
        "Мифы о рефакторинге",
        "Чек-лист перед релизом",
        "debugging",
    ] {
        for slides in limits::SLIDES_MIN..=limits::SLIDES_MAX {
            let draft = draft(&brief(topic, Language::detect(topic), slides), None);
            let kinds: Vec<SlideKind> = draft.slides().iter().map(domain::Slide::kind).collect();
            let three = kinds.windows(3).find(|run| run[0] == run[1] && run[1] == run[2]);
            assert_eq!(three, None, "{topic}, {slides}");
        }
    }
}

/// No fixed heading may become a habit.
#[test]
fn no_heading_is_in_more_than_15_percent_of_carousels() {
    const MOST: f32 = 0.15;
    let notes = Corpus::embedded().notes();
    let topics = |language| {
        let of_language = move |topic: &&String| Language::detect(topic) == language;
        notes.iter().flat_map(move |note| note.aliases.iter().filter(of_language).take(3))
    };
    let all = Language::ALL.iter().map(|language| topics(*language).count()).sum::<usize>();
    assert!(all >= 200, "{all}");
    for language in Language::ALL.iter().copied() {
        let (mut count, mut headings) = (0.0, std::collections::HashMap::<String, f32>::new());
        for topic in topics(language) {
            let brief = brief(topic, language, 7);
            if offline::analyse(Corpus::embedded(), &brief, None).is_err() {
                continue;
            }
            count += 1.0;
            let draft = draft(&brief, None);
            let titles = draft.slides().iter().map(|slide| SlideRecord::from(slide).title);
            let own: HashSet<String> = titles.filter(|title| !title.is_empty()).collect();
            for heading in own {
                *headings.entry(heading).or_default() += 1.0;
            }
        }
        assert!(count >= 80.0, "{language:?}: {count} topics");
        let often = headings.into_iter().filter(|(_, times)| *times > count * MOST);
        assert_eq!(often.collect::<Vec<_>>(), [], "{language:?}, {count} topics");
    }
}

#[test]
fn the_same_brief_gives_the_same_draft() {
    for topic in ["Почему тесты важны", "рецепт борща"] {
        let brief = brief(topic, Language::Ru, 7);
        assert_eq!(draft(&brief, None), draft(&brief, None));
    }
}

#[test]
fn covered_topic_cites_its_notes() {
    let brief = brief("принципы VIBECODING", Language::Ru, 7);
    let draft = draft(&brief, None);
    let notes: HashSet<&str> = draft.slides().iter().filter_map(domain::Slide::note).collect();
    assert!(notes.len() >= 3, "{notes:?}");
    let caption = draft.caption().as_str();
    assert!(!caption.contains("офлайн") && !caption.contains("замет"), "{caption}");
}

#[test]
fn topic_with_two_subjects_covers_both() {
    for (topic, notes) in [
        ("поток и концентрация", ["focus-one-thing", "flow-state"]),
        ("TDD и рефакторинг", ["tdd-short-cycle", "refactoring-small-steps"]),
        ("Caching and database migrations", ["caching-is-a-promise", "data-migrations"]),
    ] {
        let draft = draft(&brief(topic, Language::detect(topic), 6), None);
        let on_slides: Vec<&str> = draft.slides().iter().filter_map(domain::Slide::note).collect();
        assert!(notes.iter().all(|note| on_slides.contains(note)), "{topic}: {on_slides:?}");
    }
}

#[test]
fn uncovered_topic_is_refused_with_nearest_notes() {
    for (topic, near) in [
        ("рецепт борща", None),
        ("Apache Kafka за 7 слайдов", None),
        ("Docker для новичков", Some("первый вклад")),
        ("Rust vs Go for a two-person startup", None),
        ("How to price a code review service in Kazakhstan", Some("review")),
    ] {
        let brief = brief(topic, Language::detect(topic), 7);
        let refusal = offline::analyse(Corpus::embedded(), &brief, None).unwrap_err();
        assert!(refusal.nearest.len() <= 3, "{refusal}");
        if let Some(near) = near {
            let titles = refusal.nearest.join(" ").to_lowercase();
            assert!(titles.contains(near), "{topic}: {titles}");
        }
    }
}

#[test]
fn questions_are_titled_as_such_and_claim_nothing() {
    for (topic, language, title) in [
        ("рецепт борща", Language::Ru, "Вопросы к теме «рецепт борща»"),
        ("How to train a puppy", Language::En, "Questions to ask about “How to train a puppy”"),
        // On request, also about a topic that the notes cover.
        ("code review", Language::En, "Questions to ask about “code review”"),
    ] {
        let brief = Brief { questions: true, ..brief(topic, language, 10) };
        let analysis = offline::analyse(Corpus::embedded(), &brief, None).unwrap();
        let draft = draft(&brief, None);
        assert!(analysis.notes.is_empty() && analysis.frame == "questions");
        assert!(draft.slides().iter().all(|slide| slide.note().is_none()));
        assert_eq!(draft.slides()[0].content().words()[0], title);
        assert!(draft.caption().as_str().contains(title), "{}", draft.caption().as_str());
    }
}

#[test]
fn unknown_topics_get_different_drafts() {
    let topics =
        ["борщ", "щенки", "кварки", "Пушкин", "джаз", "йога", "ипотека", "пчёлы", "Марс", "регби"];
    let first = |topic: &str| {
        draft(&brief(topic, Language::Ru, 5), None).slides()[2].content().words().join(" ")
    };
    let looks: HashSet<String> = topics.into_iter().map(first).collect();
    assert!(looks.len() >= 4, "{looks:#?}");
}

#[test]
fn condensed_text_adds_nothing() {
    let source = "Сад начинается с воды. Без воды не помогут ни удобрения, ни дорогие саженцы. \
                  Полив утром лучше вечернего: земля успевает впитать влагу до жары. Мульча — это \
                  слой соломы или коры, который держит влагу в земле. Яблоню сажают осенью, чтобы \
                  корни успели прижиться. Обрезка нужна каждую весну, даже если жалко веток. Самая \
                  частая ошибка новичка в том, что он сажает слишком густо.";
    let text = LongText::parse(source).unwrap();
    let brief = Brief { topic: document::headline_of(&text), ..brief("t", Language::Ru, 5) };
    let draft = draft(&brief, Some(&text));
    let letters = |text: &str| text.to_lowercase().replace(['.', '…', ':', '—', ' ', ','], "");
    let source = letters(source);
    for slide in &draft.slides()[1..4] {
        let record = SlideRecord::from(slide);
        assert!(source.contains(&letters(&record.body)), "{record:?}");
    }
}

/// The slides of a text about itself, without the alternative texts.
fn condensed(source: &str, slides: u8) -> (Brief, Draft) {
    let text = LongText::parse(source).unwrap();
    let topic = document::headline_of(&text);
    let brief = Brief { topic, ..brief("t", Language::detect(source), slides) };
    let draft = draft(&brief, Some(&text));
    check(&draft, &brief);
    (brief, draft)
}

#[test]
fn each_format_gives_its_kinds_of_slides() {
    let article = "---\ntitle: \"Как мы ускорили сборку\"\n---\n\n![Схема](https://x.y/z.png)\n\n\
                   Полгода назад сборка занимала 22 минуты, и люди перестали её ждать. После этого время \
                   упало на 40% за одну неделю.\n\n## Что мы сделали\n\n- Удалили зависимости\n- Включили кэш\n\n\
                   > Простота — необходимое условие надёжности.\n> — Эдсгер Дейкстра\n\n\
                   ```toml\n[profile.dev]\nopt-level = 1\n```\n\nМы больше не боимся чистой сборки.";
    let (brief, draft) = condensed(article, 8);
    assert_eq!(brief.topic.as_str(), "Как мы ускорили сборку");
    let kinds: HashSet<&str> = draft.slides().iter().map(|slide| slide.kind().name()).collect();
    for kind in ["statistic", "list", "quote", "code"] {
        assert!(kinds.contains(kind), "no {kind} in {kinds:?}");
    }
}

#[test]
fn markup_of_the_source_is_on_no_slide() {
    let transcript = "[00:00:03] Speaker 1: So, um, welcome to the show about small teams.\n\
                      [00:00:09] Speaker 2: Small teams ship faster because they talk less about work.\n\
                      [00:00:18] Speaker 2: Past ten people you need a process for everything you do.";
    let page = "<!DOCTYPE html>\n<html><body>\n<p>Gardens begin with water &mdash; always with water.</p>\n\
                <p>Without water no fertilizer and no expensive tree will ever help.</p>\n</body></html>";
    let subtitles = "1\n00:00:01,000 --> 00:00:04,000\n<i>We began this work with a plan</i>\n\n\
                     2\n00:00:04,500 --> 00:00:08,000\nand it changed within the first week of work. Nobody had expected that.";
    for source in [transcript, page, subtitles] {
        let (_, draft) = condensed(source, 5);
        let shown: Vec<&str> =
            draft.slides().iter().flat_map(|slide| slide.content().words()).collect();
        let shown = format!("{shown:?}{}", draft.post_text()).to_lowercase();
        for mark in ["00:00", "speaker", "um,", "<", "&mdash", "doctype", "-->"] {
            assert!(!shown.contains(mark), "{mark}: {shown}");
        }
    }
}

#[test]
fn short_text_gives_fewer_slides_and_nothing_else() {
    for (source, most) in [
        ("Сад начинается с воды. Без воды не помогут ни удобрения, ни дорогие саженцы.", 3),
        (
            "Small teams ship faster because they talk less. Ten people need a process for \
             everything they do. Split the team before its meetings become its product.",
            4,
        ),
        ("- Buy the seeds in winter\n- Sow them in March\n- Water them in the morning", 4),
    ] {
        let (_, draft) = condensed(source, 10);
        assert!(draft.slides().len() <= most, "{:#?}", draft.slides());
        let letters = |text: &str| text.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "");
        let own = letters(source);
        let texts = draft.slides()[1..draft.slides().len() - 1].iter().map(|slide| {
            let record = SlideRecord::from(slide);
            [vec![record.body], record.items].concat()
        });
        for text in texts.flatten() {
            assert!(own.contains(&letters(&text)), "{text} is not in the text");
        }
    }
}

#[test]
fn text_of_one_sentence_is_refused_or_shown() {
    let text = |words: &str| LongText::parse(words).unwrap();
    let refused = |words: &str| {
        let text = text(words);
        let brief = Brief { topic: document::headline_of(&text), ..brief("t", Language::En, 7) };
        try_draft(&brief, Some(&text)).err()
    };
    assert_eq!(refused("Tests give courage."), Some(OfflineError::TooShort));
    let long = "Tests give courage to everyone who has to change a program that other people wrote \
                many years ago and that nobody dares to touch any more.";
    assert_eq!(refused(long), None);
}

#[test]
fn caption_repeats_no_sentence() {
    let said = "One sentence that the author says again and again.";
    let (_, draft) =
        condensed(&format!("{said} Another thought stands here too. {said} {said}"), 5);
    assert!(draft.caption().as_str().matches(said).count() <= 1, "{}", draft.caption().as_str());
}

/// A note's text in its own language must not be refused as foreign.
#[test]
fn notes_show_their_own_language() {
    for note in Corpus::embedded().notes() {
        for language in Language::ALL {
            let words = note.wording(*language);
            for text in [&words.title, &words.idea, &words.why, &words.takeaway] {
                let shown = document::shown_language(text);
                assert!(shown.is_none_or(|shown| shown == (*language).into()), "{shown:?}: {text}");
            }
        }
    }
}

#[test]
fn drafts_match_snapshot() {
    let mut told = String::new();
    for (topic, slides) in [
        ("Почему тесты важны", 7),
        ("принципы VIBECODING", 7),
        ("How to name things", 5),
        ("Why is my app slow?", 10),
        ("Как мы перестали бояться релизов", 6),
        ("рецепт борща", 5),
        ("Black holes", 3),
    ] {
        let draft = draft(&brief(topic, Language::detect(topic), slides), None);
        let (count, language) = (draft.slides().len(), Language::detect(topic));
        for (at, slide) in (1..).zip(draft.slides()) {
            let emoji = slide.emoji().unwrap_or_default();
            writeln!(told, "{emoji} {}", alt_text(slide, at, count, language.into())).unwrap();
        }
        writeln!(told, "\n{}\n\n====\n", draft.post_text()).unwrap();
    }
    insta::assert_snapshot!(told);
}
