//! The files of a carousel: its pictures and its caption, from the blob store, and the PDF and the ZIP that are made of
//! them. With entity tags and ranges.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{
            ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_TYPE, ETAG,
            IF_NONE_MATCH, IF_RANGE, RANGE,
        },
    },
    response::{IntoResponse as _, Response},
};
use domain::record::BlobRecord;
use export::{ExportError, Exporter, PDF, ZIP};
use http_range_header::parse_range_header;
use sha2::{Digest as _, Sha256};
use storage::carousels::Carousel;

use super::{
    ApiState,
    auth::ReadCaller,
    body::ApiPath,
    problem::ApiProblem,
    slides::{draft, extension, picture_name, written},
};
use crate::requests::hex;

pub(super) const CAPTION: &str = "caption.txt";

/// PDFs and ZIPs that are made at the same time: each takes one core and the memory of its pictures.
pub(super) const EXPORTS: usize = 2;

/// A file, and how it is sent.
pub(super) struct ServedFile {
    pub(super) name: String,
    pub(super) bytes: Bytes,
    /// Of its contents, or of all that they are made of, in hexadecimal.
    pub(super) digest: String,
}

/// Get a file of a carousel
///
/// `caption.txt`, and the picture of each slide: `slide-01.jpg`, or `.png`. Of the current revision. Once all pictures
/// are drawn, also `carousel.pdf` and `carousel.zip`.
#[utoipa::path(
    get,
    path = "/v1/carousels/{id}/files/{name}",
    tag = "carousels",
    params(
        ("id" = String, Path, description = "The carousel's id"),
        ("name" = String, Path, description = "The file's name", example = "slide-01.jpg"),
    ),
    responses(
        (status = 200, description = "The file", content(
            (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "application/pdf"),
            (Vec<u8> = "application/zip"), (String = "text/plain; charset=utf-8"))),
        (status = 206, description = "A part of the file", content(
            (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "application/pdf"),
            (Vec<u8> = "application/zip"), (String = "text/plain; charset=utf-8"))),
        (status = 304, description = "The file has the entity tag of `If-None-Match`"),
    ),
)]
pub(super) async fn show(
    State(api): State<ApiState>,
    ReadCaller(caller): ReadCaller,
    ApiPath((id, name)): ApiPath<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiProblem> {
    let (carousel, revision) = written(&api, &caller.requester(), &id).await?;
    if name == CAPTION {
        let draft = draft(&api.service, &carousel, revision).await?;
        let text = draft.post_text();
        let digest = hex(&Sha256::digest(&text));
        return ServedFile { name, bytes: text.into(), digest }.answer(&headers);
    }
    if [PDF, ZIP].contains(&&*name) {
        return exported(&api, &carousel, revision, name, &headers).await;
    }
    let pictures = api.service.pictures(&carousel.id, revision).await?;
    let wanted = (1..).zip(pictures);
    let extension = extension(&carousel);
    let found = wanted.into_iter().find(|(number, _)| picture_name(*number, extension) == name);
    let none = || ApiProblem::NotFound(format!("{id} has no file of this name"));
    let (_, (key, _)) = found.ok_or_else(none)?;
    let digest = key.digest().to_owned();
    if has_tag(&headers, &tag(&digest)) {
        return Ok(not_modified(&digest));
    }
    let bytes = api.service.blobs.get(&key).await?;
    ServedFile { name, bytes, digest }.answer(&headers)
}

/// The PDF or the ZIP. It is made for each call, unless the caller has it.
async fn exported(
    api: &ApiState,
    carousel: &Carousel,
    revision: u32,
    name: String,
    headers: &HeaderMap,
) -> Result<Response, ApiProblem> {
    let (id, service) = (&carousel.id, &api.service);
    let slides = draft(service, carousel, revision).await?.slides().len();
    let pictures = service.pictures(id, revision).await?;
    if pictures.len() < slides {
        let drawn = pictures.len();
        return Err(ApiProblem::NotFound(format!(
            "{id} has {drawn} of {slides} pictures: {name} exists when all are drawn"
        )));
    }
    let pictures: Vec<BlobRecord> = pictures.into_iter().map(|(_, picture)| picture).collect();
    // Before the pictures are read, because they take memory.
    let _permit = api.exports.acquire().await.map_err(ApiProblem::unavailable)?;
    let (db, blobs) = (service.db.clone(), service.blobs.clone());
    let exporter = Exporter::new(db, blobs, service.renderer.clone());
    let stored = Arc::new(exporter.read(id, revision, &pictures).await?);
    let plan = exporter.plan(&stored).await?;
    let digest = hex(&Sha256::new_with_prefix(&name).chain_update(plan.digest()).finalize());
    if has_tag(headers, &tag(&digest)) {
        return Ok(not_modified(&digest));
    }
    let files = plan.make().await?;
    let bytes = if name == PDF { files.pdf } else { files.zip };
    ServedFile { name, bytes: bytes.into(), digest }.answer(headers)
}

impl ServedFile {
    /// The file, a part of it, or 304.
    pub(super) fn answer(self, headers: &HeaderMap) -> Result<Response, ApiProblem> {
        let tag = tag(&self.digest);
        if has_tag(headers, &tag) {
            return Ok(not_modified(&self.digest));
        }
        let total = self.bytes.len() as u64;
        let mut response = match wanted_range(headers, &tag, total)? {
            None => self.bytes.into_response(),
            Some((first, last)) => {
                let range = usize::try_from(first).ok().zip(usize::try_from(last).ok());
                let part = range.and_then(|(first, last)| self.bytes.get(first..=last));
                let part = part.ok_or(ApiProblem::RangeNotSatisfiable(total))?;
                let mut response =
                    (StatusCode::PARTIAL_CONTENT, Bytes::copy_from_slice(part)).into_response();
                let range = format!("bytes {first}-{last}/{total}");
                let range = HeaderValue::from_str(&range).expect("numbers are visible characters");
                response.headers_mut().insert(CONTENT_RANGE, range);
                response
            }
        };
        let kind = match self.name.rsplit_once('.') {
            Some((_, "jpg")) => "image/jpeg",
            Some((_, "png")) => "image/png",
            Some((_, "pdf")) => "application/pdf",
            Some((_, "zip")) => "application/zip",
            Some(_) | None => "text/plain; charset=utf-8",
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        let disposition = format!("inline; filename=\"{}\"", self.name);
        let disposition = HeaderValue::from_str(&disposition).expect("our names are plain");
        headers.insert(CONTENT_DISPOSITION, disposition);
        with_tag(&mut response, &tag);
        Ok(response)
    }
}

impl From<ExportError> for ApiProblem {
    fn from(error: ExportError) -> Self {
        match error {
            // It may have been undone since.
            ExportError::NotStored { .. } => Self::NotFound(error.to_string()),
            ExportError::Invalid(_) | ExportError::Storage(_) | ExportError::Failed(_) => {
                Self::unavailable(error)
            }
        }
    }
}

/// The strong entity tag of contents with this digest.
fn tag(digest: &str) -> String {
    format!("\"{digest}\"")
}

fn with_tag(response: &mut Response, tag: &str) {
    let tag = HeaderValue::from_str(tag).expect("a digest is hexadecimal");
    let headers = response.headers_mut();
    headers.insert(ETAG, tag);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
}

fn not_modified(digest: &str) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    with_tag(&mut response, &tag(digest));
    response
}

/// Whether the caller has these contents.
fn has_tag(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    known.is_some_and(|known| {
        let mut tags = known.split(',').map(str::trim);
        tags.any(|one| one == "*" || one.trim_start_matches("W/") == tag)
    })
}

/// The first and the last wanted byte; `None` for the whole file. Several ranges get the whole file.
fn wanted_range(
    headers: &HeaderMap,
    tag: &str,
    total: u64,
) -> Result<Option<(u64, u64)>, ApiProblem> {
    let is_outdated = headers.get(IF_RANGE).is_some_and(|known| known.as_bytes() != tag.as_bytes());
    let Some(range) = headers.get(RANGE).and_then(|range| range.to_str().ok()) else {
        return Ok(None);
    };
    // A header that can't be read is ignored.
    let Ok(parsed) = parse_range_header(range) else { return Ok(None) };
    if is_outdated {
        return Ok(None);
    }
    match parsed.validate(total) {
        Ok(ranges) => match ranges.as_slice() {
            [range] => Ok(Some((*range.start(), *range.end()))),
            _ => Ok(None),
        },
        Err(_) => Err(ApiProblem::RangeNotSatisfiable(total)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(header: axum::http::HeaderName, value: &str) -> u16 {
        let mut headers = HeaderMap::new();
        headers.insert(header, value.parse().unwrap());
        let file = ServedFile {
            name: "slide-01.jpg".to_owned(),
            bytes: Bytes::from_static(b"0123456789"),
            digest: "ab".to_owned(),
        };
        match file.answer(&headers) {
            Ok(response) => response.status().as_u16(),
            Err(problem) => problem.into_response().status().as_u16(),
        }
    }

    #[test]
    fn ranges_and_entity_tags_are_honoured() {
        assert_eq!(status(RANGE, "bytes=0-3"), 206);
        assert_eq!(status(RANGE, "bytes=-3"), 206);
        assert_eq!(status(RANGE, "bytes=20-"), 416);
        for whole in ["bytes=0-1,3-4", "lines=1-2", "bytes=x"] {
            assert_eq!(status(RANGE, whole), 200, "{whole}");
        }
        assert_eq!(status(IF_NONE_MATCH, "\"ab\""), 304);
        assert_eq!(status(IF_NONE_MATCH, "\"cd\", W/\"ab\""), 304);
        assert_eq!(status(IF_NONE_MATCH, "\"cd\""), 200);
    }
}
