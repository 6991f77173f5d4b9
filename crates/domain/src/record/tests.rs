//! Records become domain types and back.

use super::*;

/// One record of each kind, every field that the kind uses filled.
fn one_of_each() -> Vec<SlideRecord> {
    let s = str::to_owned;
    let side = |l: &str, t: &str| Some(SideRecord { label: s(l), text: s(t) });
    let base = |kind: &SlideKind| SlideRecord {
        kind: s(kind.name()),
        title: s("T"),
        emoji: s("🚀"),
        note: s("tests"),
        ..Default::default()
    };
    SlideKind::ALL
        .iter()
        .map(|kind| match kind {
            SlideKind::Title => SlideRecord {
                body: s("b"),
                attribution: s("a"),
                cover: s("question"),
                ..base(kind)
            },
            SlideKind::Principle | SlideKind::Concept => SlideRecord { body: s("b"), ..base(kind) },
            SlideKind::Statistic => SlideRecord { body: s("b"), attribution: s("a"), ..base(kind) },
            SlideKind::Quote => SlideRecord {
                title: String::new(),
                body: s("b"),
                attribution: s("a"),
                ..base(kind)
            },
            SlideKind::Practice => SlideRecord { items: vec![s("i")], ..base(kind) },
            SlideKind::List => {
                SlideRecord { items: vec![s("i")], marker: s("checked"), ..base(kind) }
            }
            SlideKind::Comparison => SlideRecord {
                before: side("x", "y"),
                after: side("z", "w"),
                polarity: s("neutral"),
                ..base(kind)
            },
            SlideKind::Versus => SlideRecord {
                before: side("x", "i: y"),
                after: side("z", "i: w"),
                polarity: s("neutral"),
                rows: vec![VersusRowRecord { aspect: s("i"), first: s("y"), second: s("w") }],
                ..base(&SlideKind::Comparison)
            },
            SlideKind::Code => SlideRecord {
                code: s("a\n  b"),
                code_language: s("rust"),
                body: s("b"),
                ..base(kind)
            },
            SlideKind::Summary => SlideRecord { items: vec![s("i")], body: s("b"), ..base(kind) },
        })
        .collect()
}

#[test]
fn every_slide_kind_round_trips() {
    for record in one_of_each() {
        let slide = Slide::try_from(&record).unwrap();
        assert_eq!(SlideRecord::from(&slide), record);
    }
}

#[test]
fn brief_round_trips_and_checks_slide_count() {
    let record = BriefRecord {
        topic: "Почему тесты важны".into(),
        text: format!("{}.txt", "ab".repeat(32)),
        link: "https://example.com/a".into(),
        voice: format!("{}.ogg", "cd".repeat(32)),
        titled: true,
        language: "ru".into(),
        language_from_source: true,
        slides: 7,
        theme: "aurora".into(),
        format: "4x5".into(),
        image: "jpeg".into(),
        questions: true,
    };
    assert_eq!(BriefRecord::from(&Brief::try_from(&record).unwrap()), record);
    // A record of an older version.
    let older = r#"{"topic":"t","language":"ru","slides":7,"link":"https://example.com"}"#;
    assert!(!serde_json::from_str::<BriefRecord>(older).unwrap().titled);
    let error = Brief::try_from(&BriefRecord { slides: 2, ..record }).unwrap_err();
    assert_eq!(error.to_string(), "a carousel has 3 to 10 slides, not 2");
}

#[test]
fn comparison_of_older_version_prefers_second_side() {
    let polarity = |field: &str| {
        let json = format!(
            r#"{{"kind":"comparison","title":"T","before":{{"label":"a","text":"b"}},
                "after":{{"label":"c","text":"d"}}{field}}}"#
        );
        let record: SlideRecord = serde_json::from_str(&json).unwrap();
        match Slide::try_from(&record).unwrap().content() {
            SlideContent::Comparison { polarity, .. } => *polarity,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(polarity(""), Polarity::SecondBetter);
    assert_eq!(polarity(r#","polarity":"neutral""#), Polarity::Neutral);
    assert_eq!(polarity(r#","polarity":"first-better""#), Polarity::FirstBetter);
    assert_eq!(polarity(r#","polarity":"added later""#), Polarity::Neutral);
}

#[test]
fn record_ignores_unknown_fields() {
    let json = r#"{"slides":[{"kind":"title","title":"T","sparkle":9}],"mood":"new"}"#;
    let record: DraftRecord = serde_json::from_str(json).unwrap();
    assert_eq!(record.slides[0].title, "T");
}

#[test]
fn draft_error_names_slide_and_field() {
    let mut slides = one_of_each();
    slides[2].body.clear();
    let record = DraftRecord { slides, caption: "c".into(), hashtags: vec![] };
    let error = Draft::try_from(&record).unwrap_err().to_string();
    assert_eq!(error, "slide 3: meaning: the text is empty");
}
