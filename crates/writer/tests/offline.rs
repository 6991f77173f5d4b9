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
use writer::offline;

fn brief(topic: &str, language: Language, slides: u8) -> Brief {
    Brief {
        topic: Topic::parse(topic).unwrap(),
        text: None,
        link: None,
        voice: None,
        language,
        slides: SlideCount::new(slides).unwrap(),
        theme: ThemeId::default(),
        format: Format::ALL[0],
        image: ImageKind::ALL[0],
    }
}

fn draft(brief: &Brief, text: Option<&LongText>) -> Draft {
    let corpus = Corpus::embedded();
    let analysis = offline::analyse(corpus, brief, text);
    offline::write(corpus, brief, text, &analysis).unwrap()
}

/// Properties of every draft.
fn check(draft: &Draft, brief: &Brief) {
    let slides = draft.slides();
    let kinds: Vec<SlideKind> = slides.iter().map(domain::Slide::kind).collect();
    assert_eq!(slides.len(), usize::from(brief.slides.get()));
    assert_eq!(kinds.first(), Some(&SlideKind::Title));
    assert_eq!(kinds.last(), Some(&SlideKind::Summary));
    assert!(!kinds[1..kinds.len() - 1].contains(&SlideKind::Title));
    let mut said = HashSet::new();
    for slide in slides {
        let words = match slide.content() {
            SlideContent::Comparison { title, before, after } => {
                vec![title.as_str(), before.text.as_str(), after.text.as_str()]
            }
            content => content.words(),
        };
        for text in words {
            assert!(said.insert(text.to_lowercase()), "said twice: {text}");
        }
        assert!(slide.emoji().is_some());
        let note = slide.note();
        assert!(note.is_none_or(|id| Corpus::embedded().get(id).is_some()), "{note:?}");
    }
    assert!(draft.hashtags().iter().count() >= 2);
    let offline = ["офлайн", "offline"].iter().any(|word| draft.caption().as_str().contains(word));
    assert!(offline, "{}", draft.caption().as_str());
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
        check(&draft(&brief, None), &brief);
    }

    #[test]
    fn offline_condenses_any_text(
        raw in "\\PC{1,400}|([А-Я][а-я ,—:«»]{5,120}[.!?] ?\n{0,2}){1,40}|(- [a-z ]{1,40}\n|# [A-Z ]{1,30}\n\n|[A-Z][a-z ,]{10,90}\\. ){1,40}",
        language in languages(),
        slides in 3u8..=10,
    ) {
        prop_assume!(LongText::parse(&raw).is_ok());
        let text = LongText::parse(&raw).unwrap();
        let brief = Brief { topic: text.headline(), ..brief("t", language, slides) };
        check(&draft(&brief, Some(&text)), &brief);
    }
}

#[test]
fn every_note_suffices_for_short_and_long_carousels() {
    for note in Corpus::embedded().notes() {
        for language in Language::ALL.iter().copied() {
            for slides in [limits::SLIDES_MIN, 6, limits::SLIDES_MAX] {
                let brief = brief(&note.wording(language).title, language, slides);
                check(&draft(&brief, None), &brief);
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
    for id in notes {
        let title = &Corpus::embedded().get(id).unwrap().ru.title;
        assert!(draft.caption().as_str().contains(title.as_str()), "{title}");
    }
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
fn unknown_topic_gets_questions_without_claims() {
    for (topic, language) in
        [("рецепт борща", Language::Ru), ("How to train a puppy", Language::En)]
    {
        let brief = brief(topic, language, 10);
        let analysis = offline::analyse(Corpus::embedded(), &brief, None);
        let draft = draft(&brief, None);
        assert!(analysis.notes.is_empty() && analysis.frame == "questions");
        assert!(draft.slides().iter().all(|slide| slide.note().is_none()));
        let named = draft.slides()[1].content().words().concat();
        assert!(named.contains(topic), "{named}");
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
    let brief = Brief { topic: text.headline(), ..brief("t", Language::Ru, 5) };
    let draft = draft(&brief, Some(&text));
    let letters = |text: &str| text.to_lowercase().replace(['.', '…', ':', '—', ' ', ','], "");
    let source = letters(source);
    for slide in &draft.slides()[1..4] {
        let record = SlideRecord::from(slide);
        assert!(source.contains(&letters(&record.body)), "{record:?}");
    }
    assert!(draft.caption().as_str().contains("предложения из самого текста"));
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
            writeln!(told, "{emoji} {}", alt_text(slide, at, count, language)).unwrap();
        }
        writeln!(told, "\n{}\n\n====\n", draft.post_text()).unwrap();
    }
    insta::assert_snapshot!(told);
}
