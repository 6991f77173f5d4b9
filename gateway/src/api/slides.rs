//! The slides of a carousel: their texts, and the links of their pictures.

use axum::{Json, extract::State};
use domain::{ContentLanguage, Draft, ImageKind, alt_text, slide_lines::to_lines};
use export::{PDF, ZIP};
use serde::Serialize;
use storage::carousels::{self, Carousel};
use utoipa::ToSchema;

use super::{ApiState, auth::ReadCaller, body::ApiPath, files::CAPTION, problem::ApiProblem};
use crate::requests::{OwnCarousel, RequestService};

/// The current revision of a carousel's slides.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SlidesView {
    /// The revision, from 1.
    revision: u32,
    /// The theme of this revision.
    theme: String,
    slides: Vec<SlideView>,
    caption: String,
    /// Without `#`.
    hashtags: Vec<String>,
    /// The paths of `caption.txt` and, once all pictures are drawn, of `carousel.pdf` and `carousel.zip`.
    files: Vec<String>,
}

/// A slide.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SlideView {
    /// From 1.
    number: u32,
    /// The kind of slide, such as `title`.
    kind: &'static str,
    /// Its text in lines, as `PATCH` takes it.
    text: String,
    /// The alternative text of its picture.
    alt: String,
    /// The path of its picture; `null` before it is drawn.
    picture: Option<String>,
}

/// Show the slides of a carousel
#[utoipa::path(
    get,
    path = "/v1/carousels/{id}/slides",
    tag = "carousels",
    params(("id" = String, Path, description = "The carousel's id")),
    responses((status = 200, description = "Its slides", body = SlidesView)),
)]
pub(super) async fn list(
    State(api): State<ApiState>,
    ReadCaller(caller): ReadCaller,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<SlidesView>, ApiProblem> {
    let (carousel, revision) = written(&api, &caller.requester(), &id).await?;
    Ok(Json(slides_of(&api.service, &carousel, revision).await?))
}

/// The slides of a revision.
pub(super) async fn slides_of(
    service: &RequestService,
    carousel: &Carousel,
    revision: u32,
) -> Result<SlidesView, ApiProblem> {
    let reader = service.db.read();
    let draft = draft(service, carousel, revision).await?;
    let theme = carousels::revision_theme(&reader, &carousel.id, revision).await?;
    let pictures = service.pictures(&carousel.id, revision).await?.len();
    let extension = extension(carousel);
    let language = carousel.brief.language.parse().unwrap_or(ContentLanguage::EN);
    let total = draft.slides().len();
    let path = |name: &str| format!("/v1/carousels/{}/files/{name}", carousel.id);
    let made = if pictures >= total { &[CAPTION, PDF, ZIP][..] } else { &[CAPTION] };
    let slides = draft.numbered().enumerate().map(|(index, (number, slide))| {
        let number = number.get();
        let is_drawn = usize::try_from(number).is_ok_and(|number| number <= pictures);
        SlideView {
            number,
            kind: slide.kind().name(),
            text: to_lines(slide),
            alt: alt_text(slide, index + 1, total, language),
            picture: is_drawn.then(|| path(&picture_name(number, extension))),
        }
    });
    Ok(SlidesView {
        revision,
        theme: theme.unwrap_or_else(|| carousel.brief.theme.clone()),
        slides: slides.collect(),
        caption: draft.caption().as_str().to_owned(),
        hashtags: draft.hashtags().iter().map(|tag| tag.as_str().to_owned()).collect(),
        files: made.iter().map(|name| path(name)).collect(),
    })
}

/// The file name of a slide's picture, as in an exported folder.
pub(super) fn picture_name(number: u32, extension: &str) -> String {
    format!("slide-{number:02}.{extension}")
}

/// The extension of a carousel's pictures.
pub(super) fn extension(carousel: &Carousel) -> &'static str {
    carousel.brief.image.parse().unwrap_or(ImageKind::Jpeg).extension()
}

/// A carousel whose slides are written, with its current revision.
pub(super) async fn written(
    api: &ApiState,
    requester: &crate::requests::Requester,
    id: &str,
) -> Result<(Carousel, u32), ApiProblem> {
    let not_yet = || ApiProblem::NotFound(format!("{id} has no slides, or not yet"));
    match api.service.own(requester, id).await? {
        OwnCarousel::Accepted { .. } => Err(not_yet()),
        OwnCarousel::Stored(carousel) => {
            let revision = carousel.revision.ok_or_else(not_yet)?;
            Ok((*carousel, revision))
        }
    }
}

pub(super) async fn draft(
    service: &RequestService,
    carousel: &Carousel,
    revision: u32,
) -> Result<Draft, ApiProblem> {
    let id = &carousel.id;
    let saved = carousels::find_draft(&service.db.read(), id, revision).await?;
    // It may have been undone since.
    let saved = saved.ok_or_else(|| ApiProblem::NotFound(format!("{id} has no slides")))?;
    Draft::try_from(&saved.draft)
        .map_err(|error| ApiProblem::unavailable(format!("the draft of {id}: {error}")))
}
