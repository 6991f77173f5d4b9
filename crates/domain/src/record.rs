//! The plain, versioned forms of domain types for histories and tables.
//!
//! Decoding does not validate: unknown fields are ignored, missing fields take a default.
//! Validation happens once, where a record becomes a [`Slide`], [`Draft`] or [`Brief`]. So a
//! tighter limit or a new field never makes an old history or row unreadable.

use serde::{Deserialize, Serialize};

use crate::{
    BlobKey, Brief, BriefError, Caption, Draft, DraftError, Hashtags, Link, Side, Slide,
    SlideContent, SlideCount, SlideError, SlideKind, SlideText, ThemeId, Topic,
    slide::{CodeBlock, Items, Marker},
};

pub use crate::{brand::BrandRecord, delivery::MessageRecord, settings::UserSettingsRecord};

/// Text that overflows its box on a slide, as the renderer measured it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OverflowRecord {
    /// Counted from 1.
    pub slide: u32,
    /// The renderer's name for the text.
    pub what: String,
    /// Required space in pixels.
    pub needs: u32,
    /// Available space in pixels.
    pub has: u32,
}

/// A cited note of the knowledge base.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Citation {
    pub note: String,
    /// In the language of the answer.
    pub title: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BriefRecord {
    pub topic: String,
    /// The [`BlobKey`] of the long source text, or empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The page to take the source text from, or empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub link: String,
    /// The [`BlobKey`] of the recording to transcribe the topic or text from, or empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub voice: String,
    /// A [`crate::Language`]'s name.
    pub language: String,
    pub slides: u8,
    /// A theme's name.
    pub theme: String,
    /// A [`crate::Format`]'s name.
    pub format: String,
    /// A [`crate::ImageKind`]'s name.
    pub image: String,
}

/// The analysis of a topic, made before the slides are written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AnalysisRecord {
    pub title: String,
    pub audience: String,
    /// The main statement about the topic, in one sentence.
    pub angle: String,
    /// The narrative frame: `steps`, `before-after`, `myths`, `checklist`, …
    pub frame: String,
    pub principles: Vec<String>,
    /// Quotes, only from our corpus or the user's own text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quotes: Vec<String>,
    pub concepts: Vec<String>,
    /// Search terms.
    pub keywords: Vec<String>,
    /// Possible misunderstandings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub risks: Vec<String>,
    /// Ids of the corpus notes that it is based on, best first; empty if none fits.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BlobRecord {
    pub key: String,
    pub bytes: u64,
}

/// A [`Slide`] as one flat struct; each kind uses some of the fields.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SlideRecord {
    /// A [`SlideKind`]'s name.
    pub kind: String,
    /// The headline, a concept's term, or a statistic's value.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The body text: a title's subtitle, a concept's meaning, a quote's text, a statistic's label,
    /// a code slide's remark, or a summary's call to action.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// Steps, list items or a summary's points.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
    /// A [`Marker`]'s name, for lists.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub marker: String,
    /// A quote's author or a statistic's source.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub attribution: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<SideRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<SideRecord>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub code: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub code_language: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub emoji: String,
    /// Alternative text, if one is set; see [`crate::alt_text`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub alt: String,
    /// The id of the corpus note that the slide is based on.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SideRecord {
    pub label: String,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DraftRecord {
    pub slides: Vec<SlideRecord>,
    pub caption: String,
    pub hashtags: Vec<String>,
}

impl From<&Brief> for BriefRecord {
    fn from(brief: &Brief) -> Self {
        Self {
            topic: brief.topic.as_str().to_owned(),
            text: brief.text.as_ref().map(|key| key.as_str().to_owned()).unwrap_or_default(),
            link: brief.link.as_ref().map(|link| link.as_str().to_owned()).unwrap_or_default(),
            voice: brief.voice.as_ref().map(|key| key.as_str().to_owned()).unwrap_or_default(),
            language: brief.language.name().to_owned(),
            slides: brief.slides.get(),
            theme: brief.theme.as_str().to_owned(),
            format: brief.format.name().to_owned(),
            image: brief.image.name().to_owned(),
        }
    }
}

impl TryFrom<&BriefRecord> for Brief {
    type Error = BriefError;

    fn try_from(record: &BriefRecord) -> Result<Self, BriefError> {
        Ok(Self {
            topic: Topic::parse(&record.topic)?,
            text: match record.text.as_str() {
                "" => None,
                key => Some(BlobKey::parse(key)?),
            },
            link: match record.link.as_str() {
                "" => None,
                link => Some(Link::parse(link)?),
            },
            voice: match record.voice.as_str() {
                "" => None,
                key => Some(BlobKey::parse(key)?),
            },
            language: record.language.parse()?,
            slides: SlideCount::new(record.slides)?,
            theme: ThemeId::parse(&record.theme)?,
            format: record.format.parse()?,
            image: record.image.parse()?,
        })
    }
}

impl From<&Draft> for DraftRecord {
    fn from(draft: &Draft) -> Self {
        Self {
            slides: draft.slides().iter().map(SlideRecord::from).collect(),
            caption: draft.caption().as_str().to_owned(),
            hashtags: draft.hashtags().iter().map(|tag| tag.as_str().to_owned()).collect(),
        }
    }
}

impl TryFrom<&DraftRecord> for Draft {
    type Error = DraftError;

    fn try_from(record: &DraftRecord) -> Result<Self, DraftError> {
        let slide = |(i, slide)| {
            Slide::try_from(slide).map_err(|error| DraftError::Slide { position: i + 1, error })
        };
        Self::new(
            record.slides.iter().enumerate().map(slide).collect::<Result<_, _>>()?,
            Caption::parse(&record.caption)?,
            Hashtags::parse(&record.hashtags)?,
        )
    }
}

impl From<&Slide> for SlideRecord {
    fn from(slide: &Slide) -> Self {
        let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Self {
            kind: slide.kind().name().to_owned(),
            emoji: owned(slide.emoji()),
            alt: owned(slide.alt()),
            note: owned(slide.note()),
            ..Self::words_of(slide.content())
        }
    }
}

impl SlideRecord {
    /// The fields that `content` uses; the other fields stay empty.
    fn words_of(content: &SlideContent) -> Self {
        let said = |text: &SlideText| text.as_str().to_owned();
        let maybe = |text: &Option<SlideText>| text.as_ref().map(said).unwrap_or_default();
        let listed = |items: &Items| items.iter().map(str::to_owned).collect::<Vec<_>>();
        let side =
            |side: &Side| Some(SideRecord { label: said(&side.label), text: said(&side.text) });
        let empty = Self::default();
        match content {
            SlideContent::Title { title, subtitle } => {
                Self { title: said(title), body: maybe(subtitle), ..empty }
            }
            SlideContent::Principle { title, body } => {
                Self { title: said(title), body: said(body), ..empty }
            }
            SlideContent::Concept { term, meaning } => {
                Self { title: said(term), body: said(meaning), ..empty }
            }
            SlideContent::Practice { title, steps } => {
                Self { title: said(title), items: listed(steps), ..empty }
            }
            SlideContent::Quote { text, author } => {
                Self { body: said(text), attribution: maybe(author), ..empty }
            }
            SlideContent::List { title, items, marker } => Self {
                title: said(title),
                items: listed(items),
                marker: marker.name().to_owned(),
                ..empty
            },
            SlideContent::Statistic { value, label, source } => {
                Self { title: said(value), body: said(label), attribution: maybe(source), ..empty }
            }
            SlideContent::Comparison { title, before, after } => {
                Self { title: said(title), before: side(before), after: side(after), ..empty }
            }
            SlideContent::Code { title, code, remark } => Self {
                title: said(title),
                code: code.code().to_owned(),
                code_language: code.language().to_owned(),
                body: maybe(remark),
                ..empty
            },
            SlideContent::Summary { title, points, call_to_action } => Self {
                title: said(title),
                items: points.as_ref().map(listed).unwrap_or_default(),
                body: maybe(call_to_action),
                ..empty
            },
        }
    }

    /// Validates the fields as the content kind that `kind` names.
    fn content(&self) -> Result<SlideContent, SlideError> {
        Ok(match self.kind.parse::<SlideKind>()? {
            SlideKind::Title => SlideContent::Title {
                title: self.title()?,
                subtitle: optional("subtitle", &self.body)?,
            },
            SlideKind::Principle => {
                SlideContent::Principle { title: self.title()?, body: text("body", &self.body)? }
            }
            SlideKind::Concept => SlideContent::Concept {
                term: text("term", &self.title)?,
                meaning: text("meaning", &self.body)?,
            },
            SlideKind::Practice => SlideContent::Practice {
                title: self.title()?,
                steps: Items::parse("steps", &self.items)?,
            },
            SlideKind::Quote => SlideContent::Quote {
                text: text("quote", &self.body)?,
                author: optional("author", &self.attribution)?,
            },
            SlideKind::List => SlideContent::List {
                title: self.title()?,
                items: Items::parse("items", &self.items)?,
                marker: if self.marker.is_empty() {
                    Marker::Dotted
                } else {
                    self.marker.parse()?
                },
            },
            SlideKind::Statistic => SlideContent::Statistic {
                value: text("value", &self.title)?,
                label: text("label", &self.body)?,
                source: optional("source", &self.attribution)?,
            },
            SlideKind::Comparison => SlideContent::Comparison {
                title: self.title()?,
                before: side("before", self.before.as_ref())?,
                after: side("after", self.after.as_ref())?,
            },
            SlideKind::Code => SlideContent::Code {
                title: self.title()?,
                code: CodeBlock::parse(&self.code_language, &self.code)?,
                remark: optional("remark", &self.body)?,
            },
            SlideKind::Summary => SlideContent::Summary {
                title: self.title()?,
                points: match self.items.as_slice() {
                    [] => None,
                    points => Some(Items::parse("points", points)?),
                },
                call_to_action: optional("call to action", &self.body)?,
            },
        })
    }

    fn title(&self) -> Result<SlideText, SlideError> {
        text("title", &self.title)
    }
}

impl TryFrom<&SlideRecord> for Slide {
    type Error = SlideError;

    fn try_from(record: &SlideRecord) -> Result<Self, SlideError> {
        let slide = Self::new(record.content()?).with_alt(&record.alt).with_note(&record.note);
        if record.emoji.is_empty() { Ok(slide) } else { slide.with_emoji(&record.emoji) }
    }
}

fn text(place: &'static str, raw: &str) -> Result<SlideText, SlideError> {
    SlideText::parse(raw).map_err(|error| SlideError::Text { place, error })
}

fn optional(place: &'static str, raw: &str) -> Result<Option<SlideText>, SlideError> {
    if raw.trim().is_empty() { Ok(None) } else { text(place, raw).map(Some) }
}

fn side(place: &'static str, record: Option<&SideRecord>) -> Result<Side, SlideError> {
    let missing = SideRecord::default();
    let record = record.unwrap_or(&missing);
    Ok(Side { label: text(place, &record.label)?, text: text(place, &record.text)? })
}

#[cfg(test)]
mod tests {
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
                SlideKind::Title | SlideKind::Principle | SlideKind::Concept => {
                    SlideRecord { body: s("b"), ..base(kind) }
                }
                SlideKind::Statistic => {
                    SlideRecord { body: s("b"), attribution: s("a"), ..base(kind) }
                }
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
                SlideKind::Comparison => {
                    SlideRecord { before: side("x", "y"), after: side("z", "w"), ..base(kind) }
                }
                SlideKind::Code => SlideRecord {
                    code: s("a\n  b"),
                    code_language: s("rust"),
                    body: s("b"),
                    ..base(kind)
                },
                SlideKind::Summary => {
                    SlideRecord { items: vec![s("i")], body: s("b"), ..base(kind) }
                }
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
            language: "ru".into(),
            slides: 7,
            theme: "aurora".into(),
            format: "4x5".into(),
            image: "jpeg".into(),
        };
        assert_eq!(BriefRecord::from(&Brief::try_from(&record).unwrap()), record);
        let error = Brief::try_from(&BriefRecord { slides: 2, ..record }).unwrap_err();
        assert_eq!(error.to_string(), "a carousel has 3 to 10 slides, not 2");
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
}
