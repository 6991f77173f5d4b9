//! Previews: slides as they would be drawn, by the renderer that draws carousels. Nothing is stored.

use std::time::Duration;

use axum::{
    extract::State,
    http::{
        HeaderMap, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse as _, Response},
};
use domain::{
    Accent, Brand, BrandName, ContentLanguage, Format, Handle, ImageKind, Language, Slide,
    SlideContent, SlideText, ThemeId, Topic, record::BrandRecord, slide_lines::from_lines,
};
use render::{Pixels, RenderOptions, Renderer, SlideBrand, SlidePosition, SlideRefusal};
use serde::{Deserialize, Serialize};
use storage::{carousels, settings};
use telegram::{Phrase, messages};
use utoipa::ToSchema;

use super::{
    ApiState,
    auth::ReadCaller,
    body::ApiJson,
    problem::ApiProblem,
    slides::written,
    views::{self, FormatName},
};
use crate::requests::Requester;

/// How long a preview waits for its turn.
const PATIENCE: Duration = Duration::from_secs(2);

/// Slides of the carousel that a cover announces; the cover shows none of them.
const COVER_OF: usize = 7;

/// Draw a slide of a carousel: give `carousel` and `slide`. Or draw the cover of a carousel that does not exist: give
/// `topic`.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Preview {
    /// The id of a carousel.
    #[schema(nullable = false)]
    carousel: Option<String>,
    /// Its slide, from 1.
    #[schema(minimum = 1, nullable = false)]
    slide: Option<u32>,
    /// The slide's new text, as `PATCH` takes it; without it, the present one.
    #[schema(max_length = 5000, nullable = false)]
    text: Option<String>,
    /// The topic of a cover.
    #[schema(max_length = 300, nullable = false, example = "How to name things")]
    topic: Option<String>,
    /// The theme's name; by default that of the carousel, or the first of `/v1/themes`.
    #[schema(nullable = false, example = "paper")]
    theme: Option<String>,
    /// The format of a cover; 4x5 by default.
    #[schema(nullable = false)]
    format: Option<FormatName>,
    /// The language of a cover; by default that of its topic.
    #[schema(nullable = false)]
    language: Option<String>,
    /// By default the brand of the token's owner.
    #[schema(nullable = false)]
    brand: Option<BrandValues>,
}

/// What slides show of their author. A missing part is not shown.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BrandValues {
    /// Latin letters, digits, `_` and `.`; with or without `@`.
    pub(super) handle: Option<String>,
    /// At most 60 characters.
    pub(super) name: Option<String>,
    /// Replaces the theme's accent colour: `#rrggbb`.
    #[schema(example = "#4a3cc9")]
    pub(super) accent: Option<String>,
}

/// A slide, and how it is drawn.
struct PreviewedSlide {
    slide: Slide,
    place: SlidePosition,
    options: RenderOptions,
    image: ImageKind,
}

/// Preview a slide
///
/// The picture is what would be delivered.
#[utoipa::path(
    post,
    path = "/v1/previews",
    tag = "previews",
    request_body(content = Preview, example = json!({ "topic": "How to name things", "theme": "paper" })),
    responses((status = 200, description = "The slide", content(
        (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png")))),
)]
pub(super) async fn draw(
    State(api): State<ApiState>,
    ReadCaller(caller): ReadCaller,
    headers: HeaderMap,
    ApiJson(body): ApiJson<Preview>,
) -> Result<Response, ApiProblem> {
    let language = views::language(&headers);
    let requester = caller.requester();
    let wanted = match (&body.carousel, body.slide, &body.topic) {
        (Some(carousel), Some(number), None) => {
            of_carousel(&api, &requester, (carousel, number), &body, language).await?
        }
        (None, None, Some(topic)) => cover(&api, &requester, topic, &body, language).await?,
        _ => return Err(invalid("give either carousel and slide, or topic")),
    };
    let turn = tokio::time::timeout(PATIENCE, api.drawing.clone().acquire_owned()).await;
    let turn = turn.ok().and_then(Result::ok).ok_or(ApiProblem::Busy)?;
    let renderer = api.service.renderer.clone();
    let kind = match wanted.image {
        ImageKind::Jpeg => "image/jpeg",
        ImageKind::Png => "image/png",
    };
    let drawing = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        wanted.draw(&renderer, language)
    });
    let bytes = drawing.await.map_err(ApiProblem::unavailable)??;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn of_carousel(
    api: &ApiState,
    requester: &Requester,
    (id, number): (&str, u32),
    body: &Preview,
    language: Language,
) -> Result<PreviewedSlide, ApiProblem> {
    let (carousel, revision) = written(api, requester, id).await?;
    let (number, draft) = api.service.slide(&carousel, number).await?;
    let index = usize::try_from(number.get()).unwrap_or_default().saturating_sub(1);
    let (slide, place) = draft
        .slides()
        .get(index)
        .zip(SlidePosition::new(index, draft.slides().len()))
        .ok_or_else(|| invalid("there is no such slide"))?;
    let slide = match &body.text {
        None => slide.clone(),
        Some(text) => from_lines(slide, text).map_err(|error| {
            ApiProblem::Invalid(messages::slide_refused(&error).plain(language))
        })?,
    };
    let brief = &carousel.brief;
    let theme = match &body.theme {
        Some(theme) => theme.clone(),
        None => carousels::revision_theme(&api.service.db.read(), &carousel.id, revision)
            .await?
            .unwrap_or_else(|| brief.theme.clone()),
    };
    let broken = |error: &dyn std::fmt::Display| ApiProblem::unavailable(error);
    let options = RenderOptions {
        theme: theme_of(api, &theme)?,
        format: brief.format.parse().map_err(|error| broken(&error))?,
        language: brief.language.parse().map_err(|error| broken(&error))?,
        brand: brand(api, requester, body.brand.as_ref()).await?,
    };
    let image = brief.image.parse().map_err(|error| broken(&error))?;
    Ok(PreviewedSlide { slide, place, options, image })
}

async fn cover(
    api: &ApiState,
    requester: &Requester,
    topic: &str,
    body: &Preview,
    interface: Language,
) -> Result<PreviewedSlide, ApiProblem> {
    if body.text.is_some() {
        return Err(invalid("a cover has no text: give topic alone"));
    }
    let topic = Topic::parse(topic).map_err(|error| invalid(&error.to_string()))?;
    let title = SlideText::parse(topic.as_str()).map_err(|error| invalid(&error.to_string()))?;
    let language = match &body.language {
        Some(language) => {
            language.parse().map_err(|error: <ContentLanguage as std::str::FromStr>::Err| {
                invalid(&error.to_string())
            })?
        }
        None => document::shown_language(topic.as_str()).unwrap_or_else(|| interface.into()),
    };
    let theme = match &body.theme {
        Some(theme) => theme_of(api, theme)?,
        None => ThemeId::default(),
    };
    let options = RenderOptions {
        theme,
        format: body.format.map_or(Format::Portrait, Format::from),
        language,
        brand: brand(api, requester, body.brand.as_ref()).await?,
    };
    let place = SlidePosition::new(0, COVER_OF).ok_or_else(|| invalid("a cover is a slide"))?;
    let slide = Slide::new(SlideContent::title(title, None));
    Ok(PreviewedSlide { slide, place, options, image: ImageKind::Jpeg })
}

fn theme_of(api: &ApiState, name: &str) -> Result<ThemeId, ApiProblem> {
    let known = api.service.renderer.themes().find(|theme| theme.as_str() == name).cloned();
    known.ok_or_else(|| invalid("there is no such theme: /v1/themes lists all"))
}

/// The brand of the call, with the owner's picture; by default the owner's brand.
async fn brand(
    api: &ApiState,
    requester: &Requester,
    values: Option<&BrandValues>,
) -> Result<SlideBrand, ApiProblem> {
    let own = settings::brand_of(&api.service.db.read(), &requester.user).await?;
    let brand = match values {
        None => own,
        Some(values) => Brand { avatar: own.avatar, ..values.parse()? },
    };
    let record = BrandRecord::from(&brand);
    let resolved = export::resolve_brand(&api.service.blobs, Some(&record));
    resolved.await.map_err(ApiProblem::unavailable)
}

impl BrandValues {
    /// The brand, without a picture.
    ///
    /// # Errors
    /// [`ApiProblem::Invalid`], with what is wrong.
    pub(super) fn parse(&self) -> Result<Brand, ApiProblem> {
        let wrong = |error: domain::BrandError| invalid(&error.to_string());
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        Ok(Brand {
            handle: given(&self.handle).as_deref().map(Handle::parse).transpose().map_err(wrong)?,
            name: given(&self.name).as_deref().map(BrandName::parse).transpose().map_err(wrong)?,
            accent: given(&self.accent).as_deref().map(Accent::parse).transpose().map_err(wrong)?,
            avatar: None,
        })
    }
}

impl PreviewedSlide {
    fn draw(&self, renderer: &Renderer, language: Language) -> Result<Vec<u8>, ApiProblem> {
        let mut pixels = Pixels::default();
        let (slide, options) = (&self.slide, &self.options);
        let drawn = renderer.draw_into(slide, self.place, options, &mut pixels);
        drawn.map_err(|refusal| {
            tracing::debug!("a preview was not drawn: {refusal}");
            let words = match refusal {
                SlideRefusal::NoGlyph { character } => {
                    let character = character.to_string();
                    Phrase::Undrawable { character: &character }.plain(language)
                }
                _ => Phrase::EditTooLong.plain(language),
            };
            ApiProblem::Invalid(words)
        })?;
        pixels.encode(self.image).map_err(ApiProblem::unavailable)
    }
}

fn invalid(words: &str) -> ApiProblem {
    ApiProblem::Invalid(words.to_owned())
}
