//! The studio: pages for people, from this program. They call the HTTP API with a token and do nothing that the API
//! can't do.

use axum::{
    Router,
    extract::Path,
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
            REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
        },
    },
    response::{IntoResponse as _, Response},
    routing::get,
};
use sha2::{Digest as _, Sha256};

use crate::requests::hex;

/// Only our own scripts, styles and calls, and no page that frames ours.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'";

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// A file of the pages.
struct Asset {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
}

macro_rules! assets {
    ($($name:literal: $kind:literal,)+) => {
        [$(Asset { name: $name, kind: $kind, text: include_str!(concat!("../studio/", $name)) }),+]
    };
}

const PAGE: Asset = Asset {
    name: "index.html",
    kind: "text/html; charset=utf-8",
    text: include_str!("../studio/index.html"),
};

const ASSETS: [Asset; 12] = assets! {
    "studio.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "main.js": "text/javascript; charset=utf-8",
    "api.js": "text/javascript; charset=utf-8",
    "dom.js": "text/javascript; charset=utf-8",
    "words.js": "text/javascript; charset=utf-8",
    "themes.js": "text/javascript; charset=utf-8",
    "create.js": "text/javascript; charset=utf-8",
    "carousel.js": "text/javascript; charset=utf-8",
    "editor.js": "text/javascript; charset=utf-8",
    "history.js": "text/javascript; charset=utf-8",
    "brand.js": "text/javascript; charset=utf-8",
};

/// `/studio` and everything below it. All screens are one page, which reads its address.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/studio", get(page))
        .route("/studio/", get(page))
        .route("/studio/{*screen}", get(page))
        .route("/studio/assets/{name}", get(asset))
}

async fn page(headers: HeaderMap) -> Response {
    PAGE.answer(&headers)
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    match ASSETS.iter().find(|asset| asset.name == name) {
        Some(asset) => asset.answer(&headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

impl Asset {
    /// The file, or 304. A browser asks each time, so that it never mixes two versions.
    fn answer(&self, headers: &HeaderMap) -> Response {
        let tag = format!("\"{}\"", hex(&Sha256::digest(self.text)));
        let is_known =
            headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
        let mut response = if is_known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(CONTENT_TYPE, HeaderValue::from_static(self.kind))], self.text).into_response()
        };
        let headers = response.headers_mut();
        headers.insert(ETAG, HeaderValue::from_str(&tag).expect("a digest is hexadecimal"));
        let fixed = [
            (CACHE_CONTROL, "no-cache"),
            (CONTENT_SECURITY_POLICY, CONTENT_POLICY),
            (REFERRER_POLICY, "no-referrer"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=()"),
        ];
        for (name, value) in fixed {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_served() {
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/studio")).unwrap();
        let mut stored: Vec<String> =
            folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        let mut served: Vec<&str> = ASSETS.iter().chain([&PAGE]).map(|asset| asset.name).collect();
        stored.sort_unstable();
        served.sort_unstable();
        assert_eq!(stored, served);
    }

    #[test]
    fn no_page_names_another_server() {
        for asset in ASSETS.iter().chain([&PAGE]) {
            let text = asset.text.replace("http://www.w3.org/2000/svg", "");
            let text = text.replace("^https?:\\/\\/", "");
            assert!(!text.contains("://"), "{}", asset.name);
            assert!(!text.contains("innerHTML"), "{}", asset.name);
        }
    }
}
