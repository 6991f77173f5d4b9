//! What calls and answers look like: the bodies of the API.

use axum::http::{HeaderMap, header::ACCEPT_LANGUAGE};
use chrono::{DateTime, Utc};
use domain::{
    Language, Outcome,
    failure::{FailureCause, FailureKind},
};
use events::request::GenerateRequest;
use serde::{Deserialize, Serialize};
use storage::carousels::{Carousel, CarouselState};
use telegram::{Phrase, messages};
use utoipa::ToSchema;

use super::problem::ApiProblem;
use crate::requests::OwnCarousel;

/// Make a carousel. Give exactly one of `topic`, `text` and `link`; with an uploaded file, `topic` is its title.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateCarousel {
    /// The topic, in one line.
    #[schema(max_length = 300, nullable = false, example = "How to name things")]
    topic: Option<String>,
    /// A text to condense: plain or Markdown.
    #[schema(max_length = 20000, nullable = false)]
    text: Option<String>,
    /// The address of a web page to condense.
    #[schema(max_length = 2048, nullable = false)]
    link: Option<String>,
    /// The language, such as `ru` or `en`; by default that of the content.
    #[schema(nullable = false, example = "en")]
    language: Option<String>,
    /// How many slides; 7 by default.
    #[schema(minimum = 3, maximum = 10, nullable = false, example = 5)]
    slides: Option<u8>,
    /// The theme's name; `/v1/themes` lists all.
    #[schema(nullable = false, example = "aurora")]
    theme: Option<String>,
    /// The format.
    #[schema(nullable = false)]
    format: Option<FormatName>,
    /// The encoding of the pictures.
    #[schema(nullable = false)]
    image: Option<ImageName>,
    /// Write without a model.
    #[serde(default)]
    offline: bool,
    /// Make a carousel of questions about the topic, without a model.
    #[serde(default)]
    questions: bool,
    /// Wait with drawing until `/draw` is called, at most a day: the texts can be changed before.
    #[serde(default)]
    pub(super) review: bool,
}

/// A file to condense, with options. The parts are `file` and, if wanted, `options`.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct UploadCarousel {
    /// Text, Markdown, CSV, subtitles, PDF, DOCX, or a recording; at most 20 MB.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
    /// The options of the carousel, as JSON.
    #[schema(nullable = false)]
    options: Option<CreateCarousel>,
}

/// A format: 1080×1350, 1080×1080 or 1080×1920.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub(super) enum FormatName {
    #[serde(rename = "4x5")]
    Portrait,
    #[serde(rename = "1x1")]
    Square,
    #[serde(rename = "9x16")]
    Story,
}

/// An encoding of pictures.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ImageName {
    Jpeg,
    Png,
}

/// How far a carousel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum CarouselViewStatus {
    /// Asked for, and not begun.
    Accepted,
    InProgress,
    Delivered,
    Failed,
    Cancelled,
    /// It may have arrived.
    Unknown,
}

/// What is being done.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum CarouselViewStage {
    Writing,
    /// The texts wait for `/draw`.
    Reviewing,
    /// Drawing and delivering.
    Drawing,
}

/// A carousel.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CarouselView {
    #[schema(example = "carousel-api-3fdba35f04dc8c46-order-42")]
    pub(super) id: String,
    pub(super) status: CarouselViewStatus,
    /// `null` unless it is in progress.
    pub(super) stage: Option<CarouselViewStage>,
    /// `null` unless it failed.
    pub(super) failure: Option<FailureView>,
    /// What people read about an end that is no delivery, in the language of `Accept-Language`.
    pub(super) message: Option<String>,
    /// `null` for a moment after it was accepted.
    pub(super) request: Option<RequestView>,
    /// The current revision of its slides, from 1; `null` before they are written.
    pub(super) revision: Option<u32>,
    /// Who wrote it: `openai`, `anthropic` or `offline`.
    pub(super) provider: Option<String>,
    /// Cost of the model calls so far, in millionths of a US dollar; `null` in lists.
    pub(super) cost_micros: Option<u64>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) ended_at: Option<DateTime<Utc>>,
}

/// Why a carousel failed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FailureView {
    /// The kind of failure; it never changes.
    #[schema(example = "ProviderFailed")]
    pub(super) kind: &'static str,
}

/// What was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RequestView {
    topic: String,
    language: String,
    slides: u8,
    theme: String,
    format: String,
    image: String,
}

/// A page of carousels.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CarouselPage {
    /// The newest first.
    pub(super) data: Vec<CarouselView>,
    /// The `cursor` of the next page; `null` if this is the last one.
    pub(super) next_cursor: Option<String>,
}

impl From<FormatName> for domain::Format {
    fn from(format: FormatName) -> Self {
        match format {
            FormatName::Portrait => Self::Portrait,
            FormatName::Square => Self::Square,
            FormatName::Story => Self::Story,
        }
    }
}

impl CreateCarousel {
    /// The options for a file.
    ///
    /// # Errors
    /// [`ApiProblem::Invalid`] if it has a text or a link.
    pub(super) fn about_file(&self) -> Result<GenerateRequest, ApiProblem> {
        if self.text.is_some() || self.link.is_some() {
            let words = "give a file, a text or a link, not two of them";
            return Err(ApiProblem::Invalid(words.to_owned()));
        }
        Ok(self.wanted())
    }

    /// The same for our other transports.
    pub(super) fn wanted(&self) -> GenerateRequest {
        let format = self.format.map(domain::Format::from);
        let image = self.image.map(|image| match image {
            ImageName::Jpeg => domain::ImageKind::Jpeg,
            ImageName::Png => domain::ImageKind::Png,
        });
        GenerateRequest {
            topic: self.topic.clone(),
            text: self.text.clone(),
            link: self.link.clone(),
            language: self.language.clone(),
            slides: self.slides,
            style: self.theme.clone(),
            format: format.map(|format| format.name().to_owned()),
            image: image.map(|image| image.name().to_owned()),
            offline: self.offline,
            questions: self.questions,
        }
    }
}

impl CarouselView {
    pub(super) fn of_own(own: OwnCarousel, language: Language) -> Self {
        match own {
            OwnCarousel::Stored(carousel) => Self::of(&carousel, language),
            OwnCarousel::Accepted { id, at, outcome } => Self {
                id: id.as_str().to_owned(),
                status: outcome.map_or(CarouselViewStatus::Accepted, |end| status_of(Some(end))),
                stage: None,
                failure: failure_of(outcome, FailureKind::default()),
                message: message_of(outcome, FailureKind::default(), language),
                request: None,
                revision: None,
                provider: None,
                cost_micros: Some(0),
                created_at: at,
                updated_at: at,
                ended_at: outcome.map(|_| at),
            },
        }
    }

    pub(super) fn of(carousel: &Carousel, language: Language) -> Self {
        let outcome = carousel.state.outcome();
        let kind = carousel.failure.unwrap_or_default();
        let stage = match carousel.revision {
            None => CarouselViewStage::Writing,
            Some(_) => CarouselViewStage::Drawing,
        };
        let brief = &carousel.brief;
        Self {
            id: carousel.id.as_str().to_owned(),
            status: status_of(outcome),
            stage: outcome.is_none().then_some(stage),
            failure: failure_of(outcome, kind),
            message: message_of(outcome, kind, language),
            request: Some(RequestView {
                topic: brief.topic.clone(),
                language: brief.language.clone(),
                slides: brief.slides,
                theme: brief.theme.clone(),
                format: brief.format.clone(),
                image: brief.image.clone(),
            }),
            revision: carousel.revision,
            provider: carousel.provider.clone(),
            cost_micros: None,
            created_at: carousel.created_at,
            updated_at: carousel.updated_at,
            ended_at: match &carousel.state {
                CarouselState::Open => None,
                CarouselState::Closed { at, .. } => Some(*at),
            },
        }
    }
}

fn failure_of(outcome: Option<Outcome>, kind: FailureKind) -> Option<FailureView> {
    (outcome == Some(Outcome::Failed)).then(|| FailureView { kind: kind.name() })
}

/// What the bot says about an end that is no delivery.
fn message_of(outcome: Option<Outcome>, kind: FailureKind, language: Language) -> Option<String> {
    match outcome? {
        Outcome::Delivered => None,
        Outcome::Failed => Some(messages::failed_reason(language, &FailureCause::from(kind))),
        Outcome::Cancelled => Some(Phrase::Cancelled.plain(language)),
        Outcome::Unknown => Some(Phrase::DeliveryUnknown.plain(language)),
    }
}

pub(super) const fn status_of(outcome: Option<Outcome>) -> CarouselViewStatus {
    match outcome {
        None => CarouselViewStatus::InProgress,
        Some(Outcome::Delivered) => CarouselViewStatus::Delivered,
        Some(Outcome::Failed) => CarouselViewStatus::Failed,
        Some(Outcome::Cancelled) => CarouselViewStatus::Cancelled,
        Some(Outcome::Unknown) => CarouselViewStatus::Unknown,
    }
}

/// The language of messages: the first one in `Accept-Language`, if our texts have it.
pub(super) fn language(headers: &HeaderMap) -> Language {
    let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    match wanted {
        Some(wanted) if wanted.trim_start().to_ascii_lowercase().starts_with("ru") => Language::Ru,
        Some(_) | None => Language::En,
    }
}
