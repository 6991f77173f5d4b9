//! The parameters of a call, in each of the four forms that the Bot API accepts: query string,
//! form, JSON, or multipart with files.

use std::collections::BTreeMap;

use axum::body::Bytes;
use futures::stream;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::error_response::{ErrorResponse, Result};

/// The parameters of one call.
#[derive(Debug, Default)]
pub(super) struct Params {
    fields: Map<String, Value>,
    uploads: BTreeMap<String, UploadedFile>,
}

#[derive(Debug, Clone)]
pub(super) struct UploadedFile {
    pub(super) name: String,
    pub(super) mime: String,
    pub(super) bytes: Bytes,
}

impl Params {
    /// Parses the body according to its content type.
    pub(super) async fn read(query: Option<&str>, content_type: &str, body: Bytes) -> Result<Self> {
        let mut params = Self::default();
        params.form(query.unwrap_or_default().as_bytes());
        if content_type.starts_with("application/json") {
            match serde_json::from_slice(&body) {
                Ok(Value::Object(fields)) => params.fields.extend(fields),
                Ok(_) | Err(_) => return Err(ErrorResponse::bad("can't parse JSON object")),
            }
        } else if content_type.starts_with("multipart/form-data") {
            params.parts(content_type, body).await?;
        } else {
            params.form(&body);
        }
        Ok(params)
    }

    fn form(&mut self, text: &[u8]) {
        for (name, value) in form_urlencoded::parse(text) {
            self.fields.insert(name.into_owned(), value.into());
        }
    }

    async fn parts(&mut self, content_type: &str, body: Bytes) -> Result<()> {
        let wrong = |e: multer::Error| ErrorResponse::bad(format!("can't parse multipart: {e}"));
        let boundary = multer::parse_boundary(content_type).map_err(wrong)?;
        let whole = stream::once(async move { Ok::<_, std::io::Error>(body) });
        let mut parts = multer::Multipart::new(whole, boundary);
        while let Some(part) = parts.next_field().await.map_err(wrong)? {
            let name = part.name().unwrap_or_default().to_owned();
            let file = part.file_name().map(str::to_owned);
            let mime = part.content_type().map(ToString::to_string);
            let bytes = part.bytes().await.map_err(wrong)?;
            match file {
                Some(file) => {
                    let upload = UploadedFile {
                        name: file,
                        mime: mime.unwrap_or_else(|| "application/octet-stream".to_owned()),
                        bytes,
                    };
                    self.uploads.insert(name, upload);
                }
                None => {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    self.fields.insert(name, text.into());
                }
            }
        }
        Ok(())
    }

    /// A text; `None` if it is missing.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.fields.get(name)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    pub(super) fn number(&self, name: &str) -> Option<i64> {
        match self.fields.get(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// A boolean; false if it is missing.
    pub(super) fn flag(&self, name: &str) -> bool {
        match self.fields.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => matches!(text.as_str(), "true" | "True" | "1"),
            _ => false,
        }
    }

    /// A JSON value, or text that contains one.
    pub(super) fn structure(&self, name: &str) -> Result<Option<Value>> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => match serde_json::from_str(text) {
                Ok(value) => Ok(Some(value)),
                Err(_) => Err(ErrorResponse::bad(format!("can't parse {name} JSON object"))),
            },
            Some(value) => Ok(Some(value.clone())),
        }
    }

    /// The file that `value` refers to: an upload with the parameter's own name, or
    /// `attach://name`.
    pub(super) fn upload(&self, name: &str, value: Option<&str>) -> Option<&UploadedFile> {
        match value.and_then(|value| value.strip_prefix("attach://")) {
            Some(attached) => self.uploads.get(attached),
            None => self.uploads.get(name),
        }
    }

    /// All parameters, for the log of calls.
    pub(super) fn describe(&self) -> Value {
        let mut all = self.fields.clone();
        for (name, upload) in &self.uploads {
            let about = json!({ "upload": upload.name, "bytes": upload.bytes.len() });
            all.insert(name.clone(), about);
        }
        Value::Object(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(content_type: &str, body: &str) -> Params {
        Params::read(Some("chat_id=7"), content_type, body.to_owned().into()).await.unwrap()
    }

    #[tokio::test]
    async fn all_four_parameter_forms_are_parsed() {
        let form = read("application/x-www-form-urlencoded", "text=a+b&silent=true").await;
        let json = read("application/json", r#"{"text":"a b","silent":true}"#).await;
        let parts = "--x\r\ncontent-disposition: form-data; name=\"text\"\r\n\r\na b\r\n\
                     --x\r\ncontent-disposition: form-data; name=\"silent\"\r\n\r\ntrue\r\n--x--\r\n";
        let parts = read("multipart/form-data; boundary=x", parts).await;
        for params in [form, json, parts] {
            assert_eq!(params.text("text").as_deref(), Some("a b"));
            assert_eq!(params.number("chat_id"), Some(7), "from the query");
            assert!(params.flag("silent") && !params.flag("loud"));
        }
    }

    #[tokio::test]
    async fn upload_is_found_by_name_or_attach() {
        let parts = "--x\r\ncontent-disposition: form-data; name=\"one\"; filename=\"a.jpg\"\r\n\
                     content-type: image/jpeg\r\n\r\nJPEG\r\n--x--\r\n";
        let params = read("multipart/form-data; boundary=x", parts).await;
        let upload = params.upload("photo", Some("attach://one")).unwrap();
        assert_eq!((upload.name.as_str(), &upload.bytes[..]), ("a.jpg", &b"JPEG"[..]));
        assert!(params.upload("one", None).is_some());
        assert!(params.upload("photo", Some("attach://two")).is_none());
        assert_eq!(params.describe()["one"]["bytes"], 4);
    }

    #[tokio::test]
    async fn structure_may_be_json_in_text() {
        let form = read("application/x-www-form-urlencoded", "media=%5B1%5D&bad=%5B").await;
        assert_eq!(form.structure("media").unwrap(), Some(json!([1])));
        assert_eq!(form.structure("nothing").unwrap(), None);
        assert!(form.structure("bad").is_err());
    }
}
