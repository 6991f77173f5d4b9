//! Changing carousels. A change of a finished carousel, or of a draft in review, is made in the background and becomes its
//! next revision.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse as _, Response},
};
use domain::Language;
use serde::{Deserialize, Serialize};
use telegram::messages;
use utoipa::ToSchema;

use super::{
    ApiState,
    auth::{Caller, ReadCaller, WriteCaller},
    body::{ApiJson, ApiPath},
    carousels, idempotency,
    problem::ApiProblem,
    views::{self, CarouselView, FailureView},
};
use crate::requests::{RequestedEdit, RequestedEditResult};

/// Draw the slides in another theme.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Restyle {
    /// The theme's name; `/v1/themes` lists all.
    #[schema(example = "paper")]
    theme: String,
    /// The revision that the change was chosen for: it is refused for another one. 0 for any.
    #[serde(default)]
    revision: u32,
}

/// Write the slides again.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rewrite {
    /// What a model is to change; without it, all slides are written again.
    #[schema(min_length = 1, max_length = 500, nullable = false)]
    instruction: Option<String>,
    /// The revision that the change was chosen for: it is refused for another one. 0 for any.
    #[serde(default)]
    revision: u32,
}

/// Change a slide. Give exactly one of `text` and `instruction`.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeSlide {
    /// Its new text, in the form of `text` of `/slides`; one line replaces the heading.
    #[schema(max_length = 5000, nullable = false, example = "Good names are short")]
    text: Option<String>,
    /// What a model is to change.
    #[schema(min_length = 1, max_length = 500, nullable = false)]
    instruction: Option<String>,
    /// The revision that the change was chosen for: it is refused for another one. 0 for any.
    #[serde(default)]
    revision: u32,
}

/// Remove slides, or change their order.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ArrangeSlides {
    /// The slides that stay, from 1, in their new order. The cover stays first.
    #[schema(min_items = 3, max_items = 10, example = json!([1, 3, 2]))]
    order: Vec<u32>,
    /// The revision that the change was chosen for: it is refused for another one. 0 for any.
    #[serde(default)]
    revision: u32,
}

/// Add a slide.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddSlide {
    /// The slide that it follows, from 1.
    #[schema(minimum = 1)]
    after: u32,
    /// A heading, and below it a sentence or a list.
    #[schema(
        min_length = 1,
        max_length = 5000,
        example = "Say what it does\nA name is a promise."
    )]
    text: String,
    /// The revision that the change was chosen for: it is refused for another one. 0 for any.
    #[serde(default)]
    revision: u32,
}

/// Change the caption.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeCaption {
    #[schema(min_length = 1, max_length = 2200)]
    caption: String,
    /// With or without `#`.
    #[schema(max_items = 30)]
    hashtags: Vec<String>,
    /// The revision that the change was chosen for: it is refused for another one. 0 for any.
    #[serde(default)]
    revision: u32,
}

/// Go back to an earlier revision.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RestoreRevision {
    /// The revision whose slides and caption become the next revision.
    #[schema(minimum = 1)]
    to: u32,
    /// The revision that the change was chosen for: it is refused for another one. 0 for any.
    #[serde(default)]
    revision: u32,
}

/// Draw the draft, or send the album.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OfRevision {
    /// The revision that the change was chosen for: it is refused for another one. 0 for any.
    #[serde(default)]
    revision: u32,
}

/// What came of a change.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChangeView {
    /// The change's name.
    change: String,
    status: ChangeStatus,
    /// The revision that it made.
    revision: Option<u32>,
    /// Why it was refused.
    failure: Option<FailureView>,
    /// What people read about the refusal, in the language of `Accept-Language`.
    message: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum ChangeStatus {
    Pending,
    Done,
    Refused,
}

/// A change that will be made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChangeAccepted {
    /// The carousel's id.
    carousel: String,
    /// The workflow that makes it, for the operator.
    workflow: String,
    /// The change's name: `/changes/{change}` says what came of it.
    change: String,
}

/// Cancel a carousel
///
/// Possible until its delivery begins. A repeated call has no further effect.
#[utoipa::path(
    post,
    path = "/v1/carousels/{id}/cancel",
    tag = "changes",
    params(("id" = String, Path, description = "The carousel's id")),
    responses((status = 200, description = "It is cancelled, or will be in a moment", body = CarouselView)),
)]
pub(super) async fn cancel(
    State(api): State<ApiState>,
    WriteCaller(caller): WriteCaller,
    ApiPath(id): ApiPath<String>,
    headers: HeaderMap,
) -> Result<Json<CarouselView>, ApiProblem> {
    let requester = caller.requester();
    let id = api.service.cancel(&requester, &id).await?;
    let own = api.service.own(&requester, id.as_str()).await?;
    Ok(Json(carousels::view(&api.service, own, views::language(&headers)).await?))
}

/// Draw a carousel in another theme
#[utoipa::path(
    post,
    path = "/v1/carousels/{id}/restyle",
    tag = "changes",
    params(
        ("id" = String, Path, description = "The carousel's id"),
        ("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            description = "A key of yours for this request"),
    ),
    request_body(content = Restyle, example = json!({ "theme": "paper" })),
    responses((status = 202, description = "The next revision is being made", body = ChangeAccepted)),
)]
pub(super) async fn restyle(
    State(api): State<ApiState>,
    WriteCaller(caller): WriteCaller,
    ApiPath(id): ApiPath<String>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<Restyle>,
) -> Result<Response, ApiProblem> {
    let path = format!("POST /v1/carousels/{id}/restyle");
    let digest = idempotency::digest(&path, &body, None);
    let edit = RequestedEdit::Restyle { theme: body.theme };
    Change { id: &id, digest, base: body.revision, edit }.request(&api, &caller, &headers).await
}

/// Write a carousel again
#[utoipa::path(
    post,
    path = "/v1/carousels/{id}/rewrite",
    tag = "changes",
    params(
        ("id" = String, Path, description = "The carousel's id"),
        ("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            description = "A key of yours for this request"),
    ),
    request_body(content = Rewrite, example = json!({})),
    responses((status = 202, description = "The next revision is being made", body = ChangeAccepted)),
)]
pub(super) async fn rewrite(
    State(api): State<ApiState>,
    WriteCaller(caller): WriteCaller,
    ApiPath(id): ApiPath<String>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<Rewrite>,
) -> Result<Response, ApiProblem> {
    let path = format!("POST /v1/carousels/{id}/rewrite");
    let digest = idempotency::digest(&path, &body, None);
    let edit = RequestedEdit::rewrite(body.instruction);
    Change { id: &id, digest, base: body.revision, edit }.request(&api, &caller, &headers).await
}

/// Change one slide
#[utoipa::path(
    patch,
    path = "/v1/carousels/{id}/slides/{number}",
    tag = "changes",
    params(
        ("id" = String, Path, description = "The carousel's id"),
        ("number" = u32, Path, minimum = 1, description = "The slide, from 1"),
        ("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            description = "A key of yours for this request"),
    ),
    request_body(content = ChangeSlide, example = json!({ "text": "Good names are short" })),
    responses((status = 202, description = "The next revision is being made", body = ChangeAccepted)),
)]
pub(super) async fn change_slide(
    State(api): State<ApiState>,
    WriteCaller(caller): WriteCaller,
    ApiPath((id, number)): ApiPath<(String, u32)>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<ChangeSlide>,
) -> Result<Response, ApiProblem> {
    let path = format!("PATCH /v1/carousels/{id}/slides/{number}");
    let digest = idempotency::digest(&path, &body, None);
    let edit = RequestedEdit::of_slide(number, body.text, body.instruction)?;
    Change { id: &id, digest, base: body.revision, edit }.request(&api, &caller, &headers).await
}

/// Remove slides, or change their order
///
/// As many stay as a carousel may have.
#[utoipa::path(
    put,
    path = "/v1/carousels/{id}/order",
    tag = "changes",
    params(
        ("id" = String, Path, description = "The carousel's id"),
        ("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            description = "A key of yours for this request"),
    ),
    request_body(content = ArrangeSlides, example = json!({ "order": [1, 3, 2] })),
    responses((status = 202, description = "The next revision is being made", body = ChangeAccepted)),
)]
pub(super) async fn arrange(
    State(api): State<ApiState>,
    WriteCaller(caller): WriteCaller,
    ApiPath(id): ApiPath<String>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<ArrangeSlides>,
) -> Result<Response, ApiProblem> {
    let path = format!("PUT /v1/carousels/{id}/order");
    let digest = idempotency::digest(&path, &body, None);
    let edit = RequestedEdit::Arrange { order: body.order };
    Change { id: &id, digest, base: body.revision, edit }.request(&api, &caller, &headers).await
}

/// Add a slide
///
/// It follows the slide that is named.
#[utoipa::path(
    post,
    path = "/v1/carousels/{id}/slides",
    tag = "changes",
    params(
        ("id" = String, Path, description = "The carousel's id"),
        ("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            description = "A key of yours for this request"),
    ),
    request_body(content = AddSlide, example = json!({ "after": 1, "text": "Say what it does\nA name is a promise." })),
    responses((status = 202, description = "The next revision is being made", body = ChangeAccepted)),
)]
pub(super) async fn add_slide(
    State(api): State<ApiState>,
    WriteCaller(caller): WriteCaller,
    ApiPath(id): ApiPath<String>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<AddSlide>,
) -> Result<Response, ApiProblem> {
    let path = format!("POST /v1/carousels/{id}/slides");
    let digest = idempotency::digest(&path, &body, None);
    let edit = RequestedEdit::Add { after: body.after, text: body.text };
    Change { id: &id, digest, base: body.revision, edit }.request(&api, &caller, &headers).await
}

/// Change the caption
///
/// With its hashtags.
#[utoipa::path(
    put,
    path = "/v1/carousels/{id}/caption",
    tag = "changes",
    params(
        ("id" = String, Path, description = "The carousel's id"),
        ("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            description = "A key of yours for this request"),
    ),
    request_body(content = ChangeCaption, example = json!({ "caption": "Names matter.", "hashtags": ["naming"] })),
    responses((status = 202, description = "The next revision is being made", body = ChangeAccepted)),
)]
pub(super) async fn change_caption(
    State(api): State<ApiState>,
    WriteCaller(caller): WriteCaller,
    ApiPath(id): ApiPath<String>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<ChangeCaption>,
) -> Result<Response, ApiProblem> {
    let path = format!("PUT /v1/carousels/{id}/caption");
    let digest = idempotency::digest(&path, &body, None);
    let edit = RequestedEdit::Caption { caption: body.caption, hashtags: body.hashtags };
    Change { id: &id, digest, base: body.revision, edit }.request(&api, &caller, &headers).await
}

/// Go back to an earlier revision
///
/// This undoes changes; the undone revisions stay.
#[utoipa::path(
    post,
    path = "/v1/carousels/{id}/restore",
    tag = "changes",
    params(
        ("id" = String, Path, description = "The carousel's id"),
        ("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            description = "A key of yours for this request"),
    ),
    request_body(content = RestoreRevision, example = json!({ "to": 1 })),
    responses((status = 202, description = "The next revision is being made", body = ChangeAccepted)),
)]
pub(super) async fn restore(
    State(api): State<ApiState>,
    WriteCaller(caller): WriteCaller,
    ApiPath(id): ApiPath<String>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<RestoreRevision>,
) -> Result<Response, ApiProblem> {
    let path = format!("POST /v1/carousels/{id}/restore");
    let digest = idempotency::digest(&path, &body, None);
    let edit = RequestedEdit::Restore { to: body.to };
    Change { id: &id, digest, base: body.revision, edit }.request(&api, &caller, &headers).await
}

/// Draw a draft
///
/// Of a carousel that was made with `review`.
#[utoipa::path(
    post,
    path = "/v1/carousels/{id}/draw",
    tag = "changes",
    params(
        ("id" = String, Path, description = "The carousel's id"),
        ("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            description = "A key of yours for this request"),
    ),
    request_body(content = OfRevision, example = json!({})),
    responses((status = 202, description = "It will be drawn", body = ChangeAccepted)),
)]
pub(super) async fn draw(
    State(api): State<ApiState>,
    WriteCaller(caller): WriteCaller,
    ApiPath(id): ApiPath<String>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<OfRevision>,
) -> Result<Response, ApiProblem> {
    let path = format!("POST /v1/carousels/{id}/draw");
    let digest = idempotency::digest(&path, &body, None);
    let edit = RequestedEdit::Draw;
    Change { id: &id, digest, base: body.revision, edit }.request(&api, &caller, &headers).await
}

/// Send a carousel to the owner's chat
///
/// The owner of the token is a Telegram account.
#[utoipa::path(
    post,
    path = "/v1/carousels/{id}/send",
    tag = "changes",
    params(
        ("id" = String, Path, description = "The carousel's id"),
        ("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            description = "A key of yours for this request"),
    ),
    request_body(content = OfRevision, example = json!({})),
    responses((status = 202, description = "It will be sent", body = ChangeAccepted)),
)]
pub(super) async fn send(
    State(api): State<ApiState>,
    WriteCaller(caller): WriteCaller,
    ApiPath(id): ApiPath<String>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<OfRevision>,
) -> Result<Response, ApiProblem> {
    let path = format!("POST /v1/carousels/{id}/send");
    let digest = idempotency::digest(&path, &body, None);
    let edit = RequestedEdit::Send;
    Change { id: &id, digest, base: body.revision, edit }.request(&api, &caller, &headers).await
}

/// Show what came of a change
///
/// Changes of the last seven days.
#[utoipa::path(
    get,
    path = "/v1/carousels/{id}/changes/{change}",
    tag = "changes",
    params(
        ("id" = String, Path, description = "The carousel's id"),
        ("change" = String, Path, description = "The change's name"),
    ),
    responses((status = 200, description = "The change", body = ChangeView)),
)]
pub(super) async fn show(
    State(api): State<ApiState>,
    ReadCaller(caller): ReadCaller,
    ApiPath((id, change)): ApiPath<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<ChangeView>, ApiProblem> {
    let result = api.service.edit_result(&caller.requester(), &id, &change).await?;
    Ok(Json(ChangeView::of(change, result, views::language(&headers))))
}

impl ChangeView {
    pub(super) fn of(change: String, result: RequestedEditResult, language: Language) -> Self {
        let view = |status| Self { change, status, revision: None, failure: None, message: None };
        match result {
            RequestedEditResult::Pending => view(ChangeStatus::Pending),
            RequestedEditResult::Done(revision) => {
                Self { revision: Some(revision), ..view(ChangeStatus::Done) }
            }
            RequestedEditResult::Refused(cause) => Self {
                failure: Some(FailureView { kind: cause.kind.name() }),
                message: Some(messages::unchanged_reason(language, &cause)),
                ..view(ChangeStatus::Refused)
            },
        }
    }
}

/// A change of a finished carousel, as it was called for.
struct Change<'a> {
    id: &'a str,
    digest: String,
    base: u32,
    edit: RequestedEdit,
}

impl Change<'_> {
    async fn request(
        self,
        api: &ApiState,
        caller: &Caller,
        headers: &HeaderMap,
    ) -> Result<Response, ApiProblem> {
        let requester = caller.requester();
        let key = idempotency::request_key(headers, &requester.user, self.digest)?;
        let asked = api.service.revise(&requester, &key, self.id, self.base, &self.edit);
        let accepted = asked.await?;
        let location = carousels::location(&accepted.carousel);
        let accepted = ChangeAccepted {
            carousel: accepted.carousel.as_str().to_owned(),
            workflow: accepted.workflow,
            change: accepted.name,
        };
        let mut response = (StatusCode::ACCEPTED, Json(accepted)).into_response();
        response.headers_mut().insert(LOCATION, location);
        Ok(response)
    }
}
