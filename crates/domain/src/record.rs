//! The plain, versioned forms of domain types for histories and tables.
//!
//! Decoding does not validate: unknown fields are ignored, missing fields take a default.
//! Validation happens once, where a record becomes a [`Slide`], [`Draft`] or [`Brief`]. So a
//! tighter limit or a new field never makes an old history or row unreadable.

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, IntoDeserializer as _, value},
};

use crate::{
    BlobKey, Brief, BriefError, Caption, Draft, DraftError, Hashtags, Link, Side, Slide,
    SlideContent, SlideCount, SlideError, SlideKind, SlideText, ThemeId, Topic, VersusRow,
    VersusRows,
    slide::{CodeBlock, CoverKind, Items, Marker, Polarity},
};

pub use crate::{brand::BrandRecord, delivery::MessageRecord, settings::UserSettingsRecord};

/// Decodes the name of an enum's variant; an empty or unknown name is `None`. For a field of a
/// record, with `skip_serializing_if = "Option::is_none"`.
///
/// # Errors
/// A value that is neither a string nor null.
pub fn known_name<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let name = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    let name: value::StringDeserializer<value::Error> = name.into_deserializer();
    Ok(T::deserialize(name).ok())
}

/// Whether a field of a record may be omitted, for `skip_serializing_if`: what lacks it decodes to
/// the same.
pub fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Text that overflows its box on a slide, as the renderer measured it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OverflowRecord {
    /// Counted from 1.
    pub slide: u32,
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
    /// Whether the topic is the person's own title.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub titled: bool,
    /// A [`crate::ContentLanguage`]'s name.
    pub language: String,
    /// Whether the language of the page or the recording replaces `language`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub language_from_source: bool,
    pub slides: u8,
    pub theme: String,
    /// A [`crate::Format`]'s name.
    pub format: String,
    /// A [`crate::ImageKind`]'s name.
    pub image: String,
    /// Whether it consists of questions to ask about the topic.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub questions: bool,
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
    /// A quote's author, a statistic's source, or a title's topic.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub attribution: String,
    /// A [`CoverKind`]'s name, for titles; empty for a statement.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cover: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<SideRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<SideRecord>,
    /// A [`Polarity`]'s name, for comparisons; empty if the second side is better.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub polarity: String,
    /// Makes a comparison a [`SlideKind::Versus`]. The two sides say the same, for older versions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<VersusRowRecord>,
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
pub struct VersusRowRecord {
    pub aspect: String,
    pub first: String,
    pub second: String,
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
            titled: brief.titled,
            language: brief.language.name().to_owned(),
            language_from_source: brief.language_from_source,
            slides: brief.slides.get(),
            theme: brief.theme.as_str().to_owned(),
            format: brief.format.name().to_owned(),
            image: brief.image.name().to_owned(),
            questions: brief.questions,
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
            titled: record.titled,
            language: record.language.parse()?,
            language_from_source: record.language_from_source,
            slides: SlideCount::new(record.slides)?,
            theme: ThemeId::parse(&record.theme)?,
            format: record.format.parse()?,
            image: record.image.parse()?,
            questions: record.questions,
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
        // An older version draws rows as a comparison.
        let kind = match slide.kind() {
            SlideKind::Versus => SlideKind::Comparison,
            kind => kind,
        };
        Self {
            kind: kind.name().to_owned(),
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
            SlideContent::Title { title, subtitle, kicker, cover } => Self {
                title: said(title),
                body: maybe(subtitle),
                attribution: maybe(kicker),
                // Records of older versions have no kind of cover.
                cover: match cover {
                    CoverKind::Statement => String::new(),
                    CoverKind::Question
                    | CoverKind::Number
                    | CoverKind::Promise
                    | CoverKind::Face => cover.name().to_owned(),
                },
                ..empty
            },
            SlideContent::Principle { title, body } => {
                Self { title: said(title), body: maybe(body), ..empty }
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
            SlideContent::Comparison { title, before, after, polarity } => Self {
                title: said(title),
                before: side(before),
                after: side(after),
                // Records of older versions have no polarity.
                polarity: match polarity {
                    Polarity::SecondBetter => String::new(),
                    Polarity::FirstBetter | Polarity::Neutral => polarity.name().to_owned(),
                },
                ..empty
            },
            SlideContent::Versus { title, names, rows } => {
                let row = |row: &VersusRow| VersusRowRecord {
                    aspect: said(&row.aspect),
                    first: said(&row.sides[0]),
                    second: said(&row.sides[1]),
                };
                Self {
                    title: said(title),
                    before: Some(versus_side(names, rows, 0)),
                    after: Some(versus_side(names, rows, 1)),
                    polarity: Polarity::Neutral.name().to_owned(),
                    rows: rows.iter().map(row).collect(),
                    ..empty
                }
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
                kicker: optional("topic", &self.attribution)?,
                // A newer version may know more kinds.
                cover: self.cover.parse().unwrap_or_default(),
            },
            SlideKind::Principle => SlideContent::Principle {
                title: self.title()?,
                body: optional("body", &self.body)?,
            },
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
            SlideKind::Versus => self.versus()?,
            SlideKind::Comparison if !self.rows.is_empty() => self.versus()?,
            SlideKind::Comparison => SlideContent::Comparison {
                title: self.title()?,
                before: side("before", self.before.as_ref())?,
                after: side("after", self.after.as_ref())?,
                // A polarity that a newer version wrote claims nothing here.
                polarity: match self.polarity.as_str() {
                    "" => Polarity::default(),
                    name => name.parse().unwrap_or(Polarity::Neutral),
                },
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

    fn versus(&self) -> Result<SlideContent, SlideError> {
        let name = |place, side: &Option<SideRecord>| {
            text(place, side.as_ref().map_or("", |side| side.label.as_str()))
        };
        let row = |row: &VersusRowRecord| {
            Ok(VersusRow {
                aspect: text("row", &row.aspect)?,
                sides: [text("row", &row.first)?, text("row", &row.second)?],
            })
        };
        Ok(SlideContent::Versus {
            title: self.title()?,
            names: [name("first name", &self.before)?, name("second name", &self.after)?],
            rows: VersusRows::new(self.rows.iter().map(row).collect::<Result<_, SlideError>>()?)?,
        })
    }
}

/// One of the two things as the side of a comparison.
fn versus_side(names: &[SlideText; 2], rows: &VersusRows, at: usize) -> SideRecord {
    let line = |row: &VersusRow| format!("{}: {}", row.aspect, row.sides[at]);
    let lines: Vec<String> = rows.iter().map(line).collect();
    SideRecord { label: names[at].as_str().to_owned(), text: lines.join("; ") }
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
mod tests;
