//! Changing carousels: cancelling, another theme, another text, one slide. A change of a finished carousel is made in the
//! background and becomes its next revision.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse as _, Response},
};
use domain::CarouselId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    ApiState,
    auth::{Caller, WriteCaller},
    body::{ApiJson, ApiPath},
    carousels, idempotency,
    problem::ApiProblem,
    views::{self, CarouselView},
};
use crate::requests::RequestedEdit;

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

/// A change that will be made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChangeAccepted {
    /// The carousel's id.
    carousel: String,
    /// The workflow that makes it, for the operator.
    workflow: String,
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
        let workflow = asked.await?;
        let id =
            CarouselId::parse(self.id).map_err(|error| ApiProblem::Invalid(error.to_string()))?;
        let accepted = ChangeAccepted { carousel: id.as_str().to_owned(), workflow };
        let mut response = (StatusCode::ACCEPTED, Json(accepted)).into_response();
        response.headers_mut().insert(LOCATION, carousels::location(&id));
        Ok(response)
    }
}
