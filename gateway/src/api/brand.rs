//! The brand of a token's owner: what all slides show of their author.

use axum::{
    Json,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use chrono::Utc;
use domain::{BlobKey, Brand};
use render::Avatar;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use storage::settings;
use utoipa::ToSchema;

use super::{
    ApiState,
    auth::{Caller, ReadCaller, WriteCaller},
    body::{self, ApiJson},
    files::ServedFile,
    previews::BrandValues,
    problem::ApiProblem,
};
use crate::requests::hex;

/// Largest picture.
const PICTURE_BYTES: usize = 5 << 20;

/// The owner's brand.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BrandView {
    handle: Option<String>,
    name: Option<String>,
    /// `#rrggbb`
    accent: Option<String>,
    /// The path of the picture.
    picture: Option<&'static str>,
}

/// Show the brand
#[utoipa::path(
    get,
    path = "/v1/brand",
    tag = "brand",
    responses((status = 200, description = "What slides show of their author", body = BrandView)),
)]
pub(super) async fn show(
    State(api): State<ApiState>,
    ReadCaller(caller): ReadCaller,
) -> Result<Json<BrandView>, ApiProblem> {
    Ok(Json(BrandView::from(&stored(&api, &caller).await?)))
}

/// Change the brand
///
/// The next carousels show it, and the next changes of earlier ones. A part that is `null` is removed; the picture stays.
#[utoipa::path(
    put,
    path = "/v1/brand",
    tag = "brand",
    request_body(content = BrandValues, example = json!({ "handle": "naming.things", "name": null, "accent": "#4a3cc9" })),
    responses((status = 200, description = "The new brand", body = BrandView)),
)]
pub(super) async fn change(
    State(api): State<ApiState>,
    WriteCaller(caller): WriteCaller,
    ApiJson(body): ApiJson<BrandValues>,
) -> Result<Json<BrandView>, ApiProblem> {
    let Brand { handle, name, accent, .. } = &body.parse()?;
    let set = |brand: &mut Brand| {
        brand.handle.clone_from(handle);
        brand.name.clone_from(name);
        brand.accent = *accent;
    };
    let changed = store(&api, &caller, set).await?;
    Ok(Json(BrandView::from(&changed)))
}

/// Get the brand's picture
#[utoipa::path(
    get,
    path = "/v1/brand/picture",
    tag = "brand",
    responses(
        (status = 200, description = "The picture", content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"))),
        (status = 206, description = "A part of it", content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"))),
        (status = 304, description = "The picture has the entity tag of `If-None-Match`"),
    ),
)]
pub(super) async fn picture(
    State(api): State<ApiState>,
    ReadCaller(caller): ReadCaller,
    headers: HeaderMap,
) -> Result<Response, ApiProblem> {
    let key = stored(&api, &caller).await?.avatar;
    let key = key.ok_or_else(|| ApiProblem::NotFound("the brand has no picture".to_owned()))?;
    let bytes = api.service.blobs.get(&key).await?;
    let digest = hex(&Sha256::digest(&bytes));
    let ending = key.as_str().rsplit('.').next().unwrap_or_default();
    ServedFile { name: format!("brand.{ending}"), bytes, digest }.answer(&headers)
}

/// Set the brand's picture
///
/// PNG or JPEG, 64 to 4096 pixels high and wide, at most 5 MB.
#[utoipa::path(
    put,
    path = "/v1/brand/picture",
    tag = "brand",
    request_body(content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"))),
    responses((status = 200, description = "The new brand", body = BrandView)),
)]
pub(super) async fn set_picture(
    State(api): State<ApiState>,
    WriteCaller(caller): WriteCaller,
    picture: Body,
) -> Result<Json<BrandView>, ApiProblem> {
    let picture = body::read(picture, PICTURE_BYTES).await?;
    let ending = if picture.starts_with(&[0x89, b'P', b'N', b'G']) { "png" } else { "jpg" };
    // Checked here and not by the first carousel, so that the owner gets the reason at once.
    let judged = {
        let picture: Bytes = picture.clone();
        tokio::task::spawn_blocking(move || Avatar::decode(&picture).map(drop)).await
    };
    let judged = judged.map_err(ApiProblem::unavailable)?;
    judged.map_err(|error| ApiProblem::Invalid(error.to_string()))?;
    let stored = api.service.blobs.put(picture.to_vec(), ending).await?;
    let key = BlobKey::parse(&stored.key).map_err(storage::StorageError::from)?;
    let changed = store(&api, &caller, |brand| brand.avatar = Some(key.clone())).await?;
    Ok(Json(BrandView::from(&changed)))
}

/// Remove the brand's picture
#[utoipa::path(
    delete,
    path = "/v1/brand/picture",
    tag = "brand",
    responses((status = 204, description = "The brand has no picture")),
)]
pub(super) async fn remove_picture(
    State(api): State<ApiState>,
    WriteCaller(caller): WriteCaller,
) -> Result<StatusCode, ApiProblem> {
    store(&api, &caller, |brand| brand.avatar = None).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn stored(api: &ApiState, caller: &Caller) -> Result<Brand, ApiProblem> {
    Ok(settings::brand_of(&api.service.db.read(), &caller.0.owner).await?)
}

async fn store(
    api: &ApiState,
    caller: &Caller,
    change: impl Fn(&mut Brand) + Sync,
) -> Result<Brand, ApiProblem> {
    let (user, at, change) = (&caller.0.owner, Utc::now(), &change);
    let store = |tx| async move { settings::change_brand(&tx, user, at, change).await };
    Ok(api.service.db.write(store).await?.value)
}

impl From<&Brand> for BrandView {
    fn from(brand: &Brand) -> Self {
        Self {
            handle: brand.handle.as_ref().map(|handle| handle.as_str().to_owned()),
            name: brand.name.as_ref().map(|name| name.as_str().to_owned()),
            accent: brand.accent.map(|accent| accent.to_string()),
            picture: brand.avatar.is_some().then_some("/v1/brand/picture"),
        }
    }
}
