//! Changing carousels. A change of a finished carousel, or of a draft in review, is made in the background and becomes its
//! next revision.

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts as _, Request, State},
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse as _, Response},
};
use domain::Language;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use telegram::messages;
use utoipa::ToSchema;

use super::{
    ApiState,
    auth::{ReadCaller, WriteCaller},
    body::{ApiJson, ApiPath},
    carousels,
    idempotency::{self, IdempotencyKeyHeader},
    problem::ApiProblem,
    views::{self, CarouselView, FailureView},
};
use crate::requests::{
    RequestFailure, RequestKey, RequestService, RequestedEdit, RequestedEditResult, Requester,
};

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
    #[schema(max_items = 5)]
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
    params(("id" = String, Path, description = "The carousel's id"), IdempotencyKeyHeader),
    request_body(content = Restyle, example = json!({ "theme": "paper" })),
    responses((status = 202, description = "The next revision is being made", body = ChangeAccepted)),
)]
pub(super) async fn restyle(
    State(api): State<ApiState>,
    call: EditCall<Restyle>,
) -> Result<Response, ApiProblem> {
    let edit = |body: Restyle| RequestedEdit::Restyle { theme: body.theme };
    call.request(&api, edit).await
}

/// Write a carousel again
#[utoipa::path(
    post,
    path = "/v1/carousels/{id}/rewrite",
    tag = "changes",
    params(("id" = String, Path, description = "The carousel's id"), IdempotencyKeyHeader),
    request_body(content = Rewrite, example = json!({})),
    responses((status = 202, description = "The next revision is being made", body = ChangeAccepted)),
)]
pub(super) async fn rewrite(
    State(api): State<ApiState>,
    call: EditCall<Rewrite>,
) -> Result<Response, ApiProblem> {
    let edit = |body: Rewrite| RequestedEdit::rewrite(body.instruction);
    call.request(&api, edit).await
}

/// Change one slide
#[utoipa::path(
    patch,
    path = "/v1/carousels/{id}/slides/{number}",
    tag = "changes",
    params(
        ("id" = String, Path, description = "The carousel's id"),
        ("number" = u32, Path, minimum = 1, description = "The slide, from 1"),
        IdempotencyKeyHeader,
    ),
    request_body(content = ChangeSlide, example = json!({ "text": "Good names are short" })),
    responses((status = 202, description = "The next revision is being made", body = ChangeAccepted)),
)]
pub(super) async fn change_slide(
    State(api): State<ApiState>,
    call: EditCall<ChangeSlide>,
) -> Result<Response, ApiProblem> {
    let number = call.slide;
    let edit = |body: ChangeSlide| RequestedEdit::of_slide(number, body.text, body.instruction);
    call.try_request(&api, edit).await
}

/// Remove slides, or change their order
///
/// As many stay as a carousel may have.
#[utoipa::path(
    put,
    path = "/v1/carousels/{id}/order",
    tag = "changes",
    params(("id" = String, Path, description = "The carousel's id"), IdempotencyKeyHeader),
    request_body(content = ArrangeSlides, example = json!({ "order": [1, 3, 2] })),
    responses((status = 202, description = "The next revision is being made", body = ChangeAccepted)),
)]
pub(super) async fn arrange(
    State(api): State<ApiState>,
    call: EditCall<ArrangeSlides>,
) -> Result<Response, ApiProblem> {
    let edit = |body: ArrangeSlides| RequestedEdit::Arrange { order: body.order };
    call.request(&api, edit).await
}

/// Add a slide
///
/// It follows the slide that is named.
#[utoipa::path(
    post,
    path = "/v1/carousels/{id}/slides",
    tag = "changes",
    params(("id" = String, Path, description = "The carousel's id"), IdempotencyKeyHeader),
    request_body(content = AddSlide, example = json!({ "after": 1, "text": "Say what it does\nA name is a promise." })),
    responses((status = 202, description = "The next revision is being made", body = ChangeAccepted)),
)]
pub(super) async fn add_slide(
    State(api): State<ApiState>,
    call: EditCall<AddSlide>,
) -> Result<Response, ApiProblem> {
    let edit = |body: AddSlide| RequestedEdit::Add { after: body.after, text: body.text };
    call.request(&api, edit).await
}

/// Change the caption
///
/// With its hashtags.
#[utoipa::path(
    put,
    path = "/v1/carousels/{id}/caption",
    tag = "changes",
    params(("id" = String, Path, description = "The carousel's id"), IdempotencyKeyHeader),
    request_body(content = ChangeCaption, example = json!({ "caption": "Names matter.", "hashtags": ["naming"] })),
    responses((status = 202, description = "The next revision is being made", body = ChangeAccepted)),
)]
pub(super) async fn change_caption(
    State(api): State<ApiState>,
    call: EditCall<ChangeCaption>,
) -> Result<Response, ApiProblem> {
    let edit = |body: ChangeCaption| RequestedEdit::Caption {
        caption: body.caption,
        hashtags: body.hashtags,
    };
    call.request(&api, edit).await
}

/// Go back to an earlier revision
///
/// This undoes changes; the undone revisions stay.
#[utoipa::path(
    post,
    path = "/v1/carousels/{id}/restore",
    tag = "changes",
    params(("id" = String, Path, description = "The carousel's id"), IdempotencyKeyHeader),
    request_body(content = RestoreRevision, example = json!({ "to": 1 })),
    responses((status = 202, description = "The next revision is being made", body = ChangeAccepted)),
)]
pub(super) async fn restore(
    State(api): State<ApiState>,
    call: EditCall<RestoreRevision>,
) -> Result<Response, ApiProblem> {
    let edit = |body: RestoreRevision| RequestedEdit::Restore { to: body.to };
    call.request(&api, edit).await
}

/// Draw a draft
///
/// Of a carousel that was made with `review`.
#[utoipa::path(
    post,
    path = "/v1/carousels/{id}/draw",
    tag = "changes",
    params(("id" = String, Path, description = "The carousel's id"), IdempotencyKeyHeader),
    request_body(content = OfRevision, example = json!({})),
    responses((status = 202, description = "It will be drawn", body = ChangeAccepted)),
)]
pub(super) async fn draw(
    State(api): State<ApiState>,
    call: EditCall<OfRevision>,
) -> Result<Response, ApiProblem> {
    call.request(&api, |_| RequestedEdit::Draw).await
}

/// Send a carousel to the owner's chat
///
/// The owner of the token is a Telegram account.
#[utoipa::path(
    post,
    path = "/v1/carousels/{id}/send",
    tag = "changes",
    params(("id" = String, Path, description = "The carousel's id"), IdempotencyKeyHeader),
    request_body(content = OfRevision, example = json!({})),
    responses((status = 202, description = "It will be sent", body = ChangeAccepted)),
)]
pub(super) async fn send(
    State(api): State<ApiState>,
    call: EditCall<OfRevision>,
) -> Result<Response, ApiProblem> {
    call.request(&api, |_| RequestedEdit::Send).await
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
    let language = views::language(&headers);
    result_of(&api.service, &caller.requester(), &id, change, language).await.map(Json)
}

/// What came of a change.
pub(super) async fn result_of(
    service: &RequestService,
    requester: &Requester,
    id: &str,
    change: String,
    language: Language,
) -> Result<ChangeView, ApiProblem> {
    let result = service.edit_result(requester, id, &change).await?;
    let none = || ApiProblem::NotFound(format!("{id} has no such change, or it is forgotten"));
    Ok(ChangeView::of(change, result.ok_or_else(none)?, language))
}

impl ChangeView {
    fn of(change: String, result: RequestedEditResult, language: Language) -> Self {
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

/// The body of a call that asks for an edit.
pub(super) trait EditBody: Serialize + DeserializeOwned {
    /// The revision that the edit was chosen for; 0 for any.
    fn revision(&self) -> u32;
}

macro_rules! edit_bodies {
    ($($body:ident)+) => {$(
        impl EditBody for $body {
            fn revision(&self) -> u32 {
                self.revision
            }
        }
    )+};
}

edit_bodies! { Restyle Rewrite ChangeSlide ArrangeSlides AddSlide ChangeCaption RestoreRevision OfRevision }

/// A call that asks for an edit of the carousel in its path.
pub(super) struct EditCall<T> {
    requester: Requester,
    id: String,
    /// The slide in its path; 0 if it is about none.
    slide: u32,
    key: RequestKey,
    body: T,
}

/// The path of a call for an edit.
#[derive(Deserialize)]
struct EditPath {
    id: String,
    #[serde(default)]
    number: u32,
}

impl<T: EditBody> FromRequest<ApiState> for EditCall<T> {
    type Rejection = ApiProblem;

    async fn from_request(request: Request, api: &ApiState) -> Result<Self, ApiProblem> {
        let (mut parts, body) = request.into_parts();
        let WriteCaller(caller) = WriteCaller::from_request_parts(&mut parts, api).await?;
        let path = ApiPath::from_request_parts(&mut parts, api).await?;
        let ApiPath(EditPath { id, number: slide }) = path;
        let (name, headers) =
            (format!("{} {}", parts.method, parts.uri.path()), parts.headers.clone());
        let request = Request::from_parts(parts, body);
        let ApiJson(body) = ApiJson::<T>::from_request(request, api).await?;
        let requester = caller.requester();
        let digest = idempotency::digest(&name, &body, None);
        let key = idempotency::request_key(&headers, &requester.user, digest)?;
        Ok(Self { requester, id, slide, key, body })
    }
}

impl<T: EditBody> EditCall<T> {
    async fn request(
        self,
        api: &ApiState,
        edit: impl FnOnce(T) -> RequestedEdit,
    ) -> Result<Response, ApiProblem> {
        self.try_request(api, |body| Ok(edit(body))).await
    }

    async fn try_request(
        self,
        api: &ApiState,
        edit: impl FnOnce(T) -> Result<RequestedEdit, RequestFailure>,
    ) -> Result<Response, ApiProblem> {
        let Self { requester, id, key, body, .. } = self;
        let base = body.revision();
        let edit = edit(body)?;
        let accepted = api.service.revise(&requester, &key, &id, base, &edit).await?;
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
