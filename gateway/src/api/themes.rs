//! The themes, with a sample picture of each.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use axum::{Json, body::Bytes, extract::State, http::HeaderMap, response::Response};
use domain::{ImageKind, Language, ThemeId};
use render::{Pixels, SlidePosition};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::{ApiState, auth::Caller, body::ApiPath, files::ServedFile, problem::ApiProblem};
use crate::{requests::hex, theme_sample};

/// Pictures that were drawn before. There are as many as themes.
#[derive(Default)]
pub(super) struct ThemePictures(Mutex<HashMap<ThemeId, Bytes>>);

/// All themes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ThemeList {
    data: Vec<ThemeView>,
}

/// A theme.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ThemeView {
    #[schema(example = "aurora")]
    name: String,
    /// The path of a sample picture.
    picture: String,
}

/// List the themes
#[utoipa::path(
    get,
    path = "/v1/themes",
    tag = "themes",
    responses((status = 200, description = "All themes", body = ThemeList)),
)]
pub(super) async fn list(State(api): State<ApiState>, _: Caller) -> Json<ThemeList> {
    let themes = api.service.renderer.themes().map(|theme| ThemeView {
        name: theme.as_str().to_owned(),
        picture: format!("/v1/themes/{theme}/picture.jpg"),
    });
    Json(ThemeList { data: themes.collect() })
}

/// Get a sample picture of a theme
#[utoipa::path(
    get,
    path = "/v1/themes/{name}/picture.jpg",
    tag = "themes",
    params(("name" = String, Path, description = "The theme's name", example = "aurora")),
    responses(
        (status = 200, description = "A slide in this theme", body = Vec<u8>, content_type = "image/jpeg"),
        (status = 206, description = "A part of the file", body = Vec<u8>, content_type = "image/jpeg"),
        (status = 304, description = "The file has the entity tag of `If-None-Match`"),
    ),
)]
pub(super) async fn picture(
    State(api): State<ApiState>,
    _: Caller,
    ApiPath(name): ApiPath<String>,
    headers: HeaderMap,
) -> Result<Response, ApiProblem> {
    let theme = api.service.renderer.themes().find(|theme| theme.as_str() == name).cloned();
    let none = || ApiProblem::NotFound("there is no such theme: /v1/themes lists all".to_owned());
    let theme = theme.ok_or_else(none)?;
    let drawn = api.themes.get(&theme);
    let bytes = match drawn {
        Some(bytes) => bytes,
        None => draw(&api, &theme).await?,
    };
    let digest = hex(&Sha256::digest(&bytes));
    ServedFile { name: format!("{theme}.jpg"), bytes, digest }.answer(&headers)
}

async fn draw(api: &ApiState, theme: &ThemeId) -> Result<Bytes, ApiProblem> {
    let (renderer, options) =
        (api.service.renderer.clone(), theme_sample::options(theme.clone(), Language::En));
    let drawing = tokio::task::spawn_blocking(move || {
        let slides = theme_sample::slides(Language::En)?;
        let (slide, place) = (slides.first()?, SlidePosition::new(0, slides.len())?);
        let mut pixels = Pixels::default();
        renderer.draw_into(slide, place, &options, &mut pixels).ok()?;
        pixels.encode(ImageKind::Jpeg).ok()
    });
    let drawn = drawing.await.ok().flatten();
    let drawn = drawn.ok_or_else(|| ApiProblem::unavailable("a sample was not drawn"))?;
    let bytes = Bytes::from(drawn);
    api.themes.store(theme, &bytes);
    Ok(bytes)
}

impl ThemePictures {
    fn get(&self, theme: &ThemeId) -> Option<Bytes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(theme).cloned()
    }

    fn store(&self, theme: &ThemeId, bytes: &Bytes) {
        let mut pictures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pictures.insert(theme.clone(), bytes.clone());
    }
}
