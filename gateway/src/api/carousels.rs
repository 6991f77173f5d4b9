//! Making, listing and showing carousels.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::LOCATION},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::Utc;
use domain::{CarouselId, CarouselStage, Language};
use serde::Deserialize;
use storage::{
    Cursor,
    carousels::{self, Carousel, CarouselFilter},
    uploads::{self, NewUpload},
    usage,
};
use tokio::time::timeout;
use utoipa::IntoParams;

use super::{
    ApiState,
    auth::{ReadCaller, WriteCaller},
    body::{ApiPath, ApiQuery, ApiUpload, NewCarouselBody},
    idempotency::{self, IdempotencyKeyHeader},
    problem::ApiProblem,
    views::{self, CarouselPage, CarouselView, CarouselViewStage, CreateCarousel, UploadCarousel},
};
use crate::{
    carousel_client::{CarouselOptions, ProviderChoice, REVIEW_TIME},
    carousel_request::{self, CarouselRequest, CarouselSource},
    requests::{
        OwnCarousel, RequestKey, RequestService, Requester, carousel_request_of, with_options,
    },
    source_file::{self, FileError},
};

/// How long the workflow may take to say its stage.
const PROGRESS_PATIENCE: Duration = Duration::from_secs(1);

/// Rows that are read for one page of a search.
const SEARCHED: u32 = 2_000;

/// The default and the largest size of a page.
const PAGE: u32 = 20;
const LARGEST_PAGE: u32 = 100;

/// On the answer to a repeated call.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// How many; 20 by default.
    #[param(minimum = 1, maximum = 100, nullable = false)]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    #[param(nullable = false)]
    cursor: Option<String>,
    /// Only those whose topic contains these words, in any case.
    #[param(nullable = false, min_length = 1, max_length = 200)]
    search: Option<String>,
}

/// Make a carousel
///
/// It is made in the background: look at it, or read its progress. With an `Idempotency-Key`, a repeated call is the same
/// carousel, and another body with the same key is refused. Keys are remembered for seven days.
#[utoipa::path(
    post,
    path = "/v1/carousels",
    tag = "carousels",
    params(IdempotencyKeyHeader),
    request_body(content(
        (CreateCarousel = "application/json",
            example = json!({ "topic": "How to name things", "slides": 5, "language": "en" })),
        (UploadCarousel = "multipart/form-data"),
    )),
    responses(
        (status = 201, description = "The carousel is being made", body = CarouselView,
            headers(("Location" = String, description = "Its path"))),
        (status = 200, description = "The same call was made before: this is its carousel", body = CarouselView,
            headers(("Location" = String, description = "Its path"))),
    ),
)]
pub(super) async fn create(
    State(api): State<ApiState>,
    WriteCaller(caller): WriteCaller,
    headers: HeaderMap,
    body: NewCarouselBody,
) -> Result<Response, ApiProblem> {
    let NewCarouselBody { options, file } = body;
    let requester = caller.requester();
    let bytes = file.as_ref().map(|file| &file.bytes[..]);
    let digest = idempotency::digest("POST /v1/carousels", &options, bytes);
    let key = idempotency::request_key(&headers, &requester.user, digest)?;
    let review = options.review.then_some(REVIEW_TIME);
    let (wanted, request) = match file {
        None => {
            let wanted = options.wanted();
            let request = carousel_request_of(&wanted)?;
            (wanted, request)
        }
        Some(file) => {
            let wanted = options.about_file()?;
            count_upload(&api, &requester, &key, &file).await?;
            let topic = wanted.topic.clone().unwrap_or_default();
            let source = source_of(&api, file).await?;
            let request = CarouselRequest { topic, ..source };
            let request = with_options(request, &wanted)?;
            (wanted, request)
        }
    };
    let writers = ProviderChoice::offline_if(wanted.offline);
    let options = CarouselOptions { review, ..writers.into() };
    let made = api.service.generate(&requester, &key, request, options).await?;
    let own = api.service.own(&requester, made.id.as_str()).await?;
    let view = CarouselView::of_own(own, views::language(&headers));
    let status = if made.is_new { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = (status, Json(view)).into_response();
    response.headers_mut().insert(LOCATION, location(&made.id));
    if !made.is_new {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// List carousels
///
/// Those of the token's owner, the newest first.
#[utoipa::path(
    get,
    path = "/v1/carousels",
    tag = "carousels",
    params(ListQuery),
    responses((status = 200, description = "A page", body = CarouselPage)),
)]
pub(super) async fn list(
    State(api): State<ApiState>,
    ReadCaller(caller): ReadCaller,
    ApiQuery(query): ApiQuery<ListQuery>,
    headers: HeaderMap,
) -> Result<Json<CarouselPage>, ApiProblem> {
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=LARGEST_PAGE).contains(&limit) {
        return Err(ApiProblem::Invalid(format!("limit is 1 to {LARGEST_PAGE}")));
    }
    let after = query.cursor.as_deref().map(read_cursor).transpose()?;
    let filter = CarouselFilter { user: Some(caller.0.owner), open_only: false, limit, after };
    let (rows, next) = match query.search.as_deref().map(str::trim) {
        None => page(&api, &filter).await?,
        Some(words) if (1..=200).contains(&words.chars().count()) => {
            search(&api, filter, &words.to_lowercase()).await?
        }
        Some(_) => return Err(ApiProblem::Invalid("search has 1 to 200 characters".to_owned())),
    };
    let language = views::language(&headers);
    Ok(Json(CarouselPage {
        data: rows.iter().map(|row| CarouselView::of(row, language)).collect(),
        next_cursor: next.map(|cursor| {
            let json = serde_json::to_vec(&cursor).expect("a cursor is a time and a text");
            BASE64_URL_SAFE_NO_PAD.encode(json)
        }),
    }))
}

/// A page, and the cursor of the next one.
async fn page(
    api: &ApiState,
    filter: &CarouselFilter,
) -> Result<(Vec<Carousel>, Option<Cursor>), ApiProblem> {
    let page = carousels::list(&api.service.db.read(), filter).await?;
    for error in &page.unreadable {
        tracing::warn!("a carousel can't be read: {error}");
    }
    Ok((page.rows, page.next))
}

/// A page of those whose topic contains `words`, in small letters. Our databases differ in what the small form of a
/// letter is, so topics are compared here.
async fn search(
    api: &ApiState,
    mut filter: CarouselFilter,
    words: &str,
) -> Result<(Vec<Carousel>, Option<Cursor>), ApiProblem> {
    let wanted = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    filter.limit = LARGEST_PAGE;
    let mut found = Vec::new();
    for _ in 0..SEARCHED / LARGEST_PAGE {
        let (rows, next) = page(api, &filter).await?;
        let total = rows.len();
        for (index, row) in rows.into_iter().enumerate() {
            if !row.brief.topic.to_lowercase().contains(words) {
                continue;
            }
            let cursor = Cursor { at: row.created_at, id: row.id.as_str().to_owned() };
            found.push(row);
            if found.len() == wanted {
                let is_last = index + 1 == total && next.is_none();
                return Ok((found, (!is_last).then_some(cursor)));
            }
        }
        filter.after = next;
        if filter.after.is_none() {
            break;
        }
    }
    Ok((found, filter.after))
}

/// Show a carousel
#[utoipa::path(
    get,
    path = "/v1/carousels/{id}",
    tag = "carousels",
    params(("id" = String, Path, description = "The carousel's id")),
    responses((status = 200, description = "The carousel", body = CarouselView)),
)]
pub(super) async fn show(
    State(api): State<ApiState>,
    ReadCaller(caller): ReadCaller,
    ApiPath(id): ApiPath<String>,
    headers: HeaderMap,
) -> Result<Json<CarouselView>, ApiProblem> {
    let requester = caller.requester();
    let own = api.service.own(&requester, &id).await?;
    Ok(Json(view(&api.service, own, views::language(&headers)).await?))
}

/// A carousel with its cost.
pub(super) async fn view(
    service: &RequestService,
    own: OwnCarousel,
    language: Language,
) -> Result<CarouselView, ApiProblem> {
    let cost = match &own {
        OwnCarousel::Accepted { .. } => 0,
        OwnCarousel::Stored(carousel) => {
            let (user, id) = (&carousel.user, carousel.id.as_str());
            usage::of_workflow(&service.db.read(), user, id).await?.cost_micros
        }
    };
    let is_in_review = is_in_review(service, &own).await?;
    let mut view = CarouselView::of_own(own, language);
    if is_in_review {
        view.stage = Some(CarouselViewStage::Reviewing);
    }
    Ok(CarouselView { cost_micros: Some(cost), ..view })
}

/// Whether its draft waits for its user. After `/draw`, the workflow says so first.
pub(super) async fn is_in_review(
    service: &RequestService,
    own: &OwnCarousel,
) -> Result<bool, ApiProblem> {
    let OwnCarousel::Stored(carousel) = own else { return Ok(false) };
    if !service.is_in_review(carousel).await? {
        return Ok(false);
    }
    // Without a worker that answers, what is stored counts.
    let asked = timeout(PROGRESS_PATIENCE, service.carousels.progress(&carousel.id)).await;
    let stage = asked.ok().flatten().and_then(|progress| progress.stage);
    Ok(!matches!(stage, Some(CarouselStage::Drawing | CarouselStage::Delivering)))
}

/// The path of a carousel; ids need no escaping.
pub(super) fn location(id: &CarouselId) -> HeaderValue {
    let path = format!("/v1/carousels/{id}");
    HeaderValue::from_str(&path).expect("an id is a safe part of a path")
}

fn read_cursor(text: &str) -> Result<Cursor, ApiProblem> {
    let decoded = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
    let cursor = decoded.and_then(|json| serde_json::from_slice(&json).ok());
    cursor.ok_or_else(|| ApiProblem::Invalid("cursor is no next_cursor of a page".to_owned()))
}

/// Counts a file against its owner's limit of the day, once.
async fn count_upload(
    api: &ApiState,
    requester: &Requester,
    key: &RequestKey,
    file: &ApiUpload,
) -> Result<(), ApiProblem> {
    let Some(limit) = api.upload_bytes_per_day else { return Ok(()) };
    let upload = &NewUpload {
        id: key.name.clone(),
        user: requester.user.clone(),
        bytes: file.bytes.len() as u64,
        at: Utc::now(),
    };
    let admit = |tx| async move { uploads::admit(&tx, upload, limit).await };
    if api.service.db.write(admit).await? {
        return Ok(());
    }
    let megabytes = limit >> 20;
    Err(ApiProblem::OverQuota(format!("the owner has sent {megabytes} MB of files today (UTC)")))
}

async fn source_of(api: &ApiState, file: ApiUpload) -> Result<CarouselRequest, ApiProblem> {
    let ApiUpload { ending, bytes } = file;
    if carousel_request::is_audio(&ending) {
        let voice = CarouselSource::Voice(bytes.to_vec(), ending);
        return Ok(CarouselRequest::of(voice));
    }
    match source_file::read(&bytes, &ending, &api.sandbox).await {
        Ok(read) => Ok(CarouselRequest {
            cut_from: read.cut_from,
            ..CarouselRequest::of(CarouselSource::Text(read.text))
        }),
        Err(FileError::Refused(refusal)) => {
            Err(ApiProblem::Invalid(format!("the file can't be used: {refusal}")))
        }
        Err(FileError::Parser(error)) => {
            tracing::warn!("an uploaded file was not read: {error}");
            Err(ApiProblem::Busy)
        }
    }
}
