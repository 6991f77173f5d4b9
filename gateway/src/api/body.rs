//! Reading calls: JSON bodies, queries, and uploads, with errors of the API.

use axum::{
    Json,
    body::{Body, Bytes, to_bytes},
    extract::{
        FromRequest, FromRequestParts, Multipart, Path, Query, Request,
        multipart::{Field, MultipartError},
        rejection::JsonRejection,
    },
    http::{StatusCode, header::CONTENT_TYPE, request::Parts},
};
use domain::limits::VOICE_BYTES;
use events::request::REQUEST_BYTES;
use serde::de::DeserializeOwned;

use super::{ApiState, problem::ApiProblem, views::CreateCarousel};

/// Largest uploaded file.
pub(super) const FILE_BYTES: usize = VOICE_BYTES;

/// Largest body with a file.
const UPLOAD_BYTES: usize = FILE_BYTES + REQUEST_BYTES;

/// A JSON body.
pub(super) struct ApiJson<T>(pub(super) T);

/// The query of a call.
pub(super) struct ApiQuery<T>(pub(super) T);

/// Parts of the path.
pub(super) struct ApiPath<T>(pub(super) T);

/// The body of a call that makes a carousel.
pub(super) struct NewCarouselBody {
    pub(super) options: CreateCarousel,
    pub(super) file: Option<ApiUpload>,
}

pub(super) struct ApiUpload {
    /// The extension of its name; may be empty.
    pub(super) ending: String,
    pub(super) bytes: Bytes,
}

impl<T: DeserializeOwned> FromRequest<ApiState> for ApiJson<T> {
    type Rejection = ApiProblem;

    async fn from_request(request: Request, _: &ApiState) -> Result<Self, ApiProblem> {
        let (parts, body) = request.into_parts();
        let body = read(body, REQUEST_BYTES).await?;
        let request = Request::from_parts(parts, Body::from(body));
        Ok(Self(Json::from_request(request, &()).await.map_err(json_problem)?.0))
    }
}

impl<T: DeserializeOwned> FromRequestParts<ApiState> for ApiQuery<T> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, ApiProblem> {
        let query = Query::from_request_parts(parts, &()).await;
        Ok(Self(query.map_err(|error| ApiProblem::Malformed(error.body_text()))?.0))
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<ApiState> for ApiPath<T> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, _: &ApiState) -> Result<Self, ApiProblem> {
        let path = Path::from_request_parts(parts, &()).await;
        Ok(Self(path.map_err(|error| ApiProblem::NotFound(error.body_text()))?.0))
    }
}

impl FromRequest<ApiState> for NewCarouselBody {
    type Rejection = ApiProblem;

    async fn from_request(request: Request, api: &ApiState) -> Result<Self, ApiProblem> {
        if !is_multipart(&request) {
            let ApiJson(options) = ApiJson::from_request(request, api).await?;
            return Ok(Self { options, file: None });
        }
        let (parts, body) = request.into_parts();
        let body = read(body, UPLOAD_BYTES).await?;
        let request = Request::from_parts(parts, Body::from(body));
        let form = Multipart::from_request(request, &()).await;
        let mut form = form.map_err(|error| ApiProblem::Malformed(error.body_text()))?;
        let (mut options, mut file) = (None, None);
        while let Some(field) = form.next_field().await.map_err(form_problem)? {
            match field.name() {
                Some("options") if options.is_none() => {
                    let text = field.bytes().await.map_err(form_problem)?;
                    let read = serde_json::from_slice(&text);
                    options = Some(read.map_err(|error| {
                        ApiProblem::Invalid(format!("the part “options”: {error}"))
                    })?);
                }
                Some("file") if file.is_none() => file = Some(uploaded(field).await?),
                Some(_) | None => {
                    let words = "a form has the parts “file” and “options”, each once";
                    return Err(ApiProblem::Invalid(words.to_owned()));
                }
            }
        }
        if file.is_none() {
            return Err(ApiProblem::Invalid("the form has no part “file”".to_owned()));
        }
        Ok(Self { options: options.unwrap_or_default(), file })
    }
}

async fn uploaded(field: Field<'_>) -> Result<ApiUpload, ApiProblem> {
    let name = field.file_name().unwrap_or_default();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending).unwrap_or_default().to_owned();
    let bytes = field.bytes().await.map_err(form_problem)?;
    if bytes.len() > FILE_BYTES {
        return Err(ApiProblem::TooLarge(FILE_BYTES));
    }
    Ok(ApiUpload { ending, bytes })
}

/// A body of at most `limit` bytes.
pub(super) async fn read(body: Body, limit: usize) -> Result<Bytes, ApiProblem> {
    // A broken connection gets no answer anyway.
    to_bytes(body, limit).await.map_err(|_| ApiProblem::TooLarge(limit))
}

fn is_multipart(request: &Request) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/form-data"))
}

#[expect(clippy::needless_pass_by_value, reason = "it reads better in `map_err`")]
fn json_problem(rejection: JsonRejection) -> ApiProblem {
    let words = rejection.body_text();
    match rejection {
        JsonRejection::MissingJsonContentType(_) => {
            ApiProblem::UnsupportedMediaType("a body of the type application/json")
        }
        JsonRejection::JsonDataError(_) => ApiProblem::Invalid(words),
        _ => ApiProblem::Malformed(words),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it reads better in `map_err`")]
fn form_problem(error: MultipartError) -> ApiProblem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiProblem::TooLarge(UPLOAD_BYTES),
        _ => ApiProblem::Malformed(error.body_text()),
    }
}
