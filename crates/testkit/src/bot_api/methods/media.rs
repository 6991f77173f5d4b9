//! Sends pictures and files: single ones, and albums.

use serde_json::{Map, Value};

use super::{
    MethodCall, MethodResult, count_messages,
    edits::{change, editable},
    sending::{MessageTarget, add_message, as_json, caption, keyboard},
};
use crate::bot_api::{
    error_response::{ErrorResponse, Result},
    fake_model::{FormattedText, MessageContent},
    fake_state::FakeState,
    fault_injection::EffectPart,
    request::{Params, UploadedFile},
    telegram_limits,
};

/// The kind that a file is sent as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum UploadKind {
    Photo,
    Document,
}

/// A validated file to send.
enum MediaSource {
    /// The id of a file that was sent before: no upload.
    Known(String),
    New(UploadedFile),
}

struct Item {
    kind: UploadKind,
    source: MediaSource,
    words: FormattedText,
}

impl UploadKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Document => "document",
        }
    }
}

pub(super) fn photo(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    single(state, asked, UploadKind::Photo)
}

pub(super) fn document(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    single(state, asked, UploadKind::Document)
}

fn single(state: &mut FakeState, asked: &MethodCall<'_>, kind: UploadKind) -> Result<MethodResult> {
    let params = asked.params;
    let place = MessageTarget::of(state, params)?;
    let value = params.text(kind.name());
    let item = Item {
        kind,
        source: source(state, params, kind, kind.name(), value.as_deref())?,
        words: caption(
            params.text("caption").as_deref(),
            params.text("parse_mode").as_deref(),
            params.structure("caption_entities")?,
        )?,
    };
    let markup = keyboard(params)?;
    count_messages(state, asked, place.chat, 1)?;
    let content = item.keep(state);
    Ok(add_message(state, asked, place, content, markup))
}

/// `editMessageMedia`: replaces a picture, or makes one of a text message.
pub(super) fn edit(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    let (chat, _) = editable(state, asked)?;
    let media = asked.params.structure("media")?.unwrap_or_default();
    let none = Map::new();
    let item = item(state, asked.params, media.as_object().unwrap_or(&none))?;
    let markup = keyboard(asked.params)?;
    let content = item.keep(state);
    change(state, asked, chat, content, markup)
}

/// `sendMediaGroup`. An album costs as many messages as it has items, and has no buttons.
pub(super) fn album(state: &mut FakeState, asked: &MethodCall<'_>) -> Result<MethodResult> {
    let place = MessageTarget::of(state, asked.params)?;
    let items = items(state, asked.params)?;
    count_messages(state, asked, place.chat, items.len())?;
    let arriving = match asked.effect {
        EffectPart::None => 0,
        EffectPart::Part(arrived) => arrived,
        EffectPart::Whole => items.len(),
    };
    let name = state.new_album();
    let mut done = MethodResult::default();
    let mut results = Vec::new();
    for item in items.into_iter().take(arriving) {
        let mut draft = place.draft(asked, item.keep(state));
        draft.album = Some(name.clone());
        draft.silent = asked.params.flag("disable_notification");
        let id = state.add_message(draft, asked.now);
        results.push(as_json(state, place.chat, id));
        done.messages.push(id);
    }
    done.result = results.into();
    Ok(done)
}

fn items(state: &FakeState, params: &Params) -> Result<Vec<Item>> {
    let media = params.structure("media")?;
    let Some(Value::Array(media)) = media else {
        return Err(ErrorResponse::bad("can't parse media: expected an Array of InputMedia"));
    };
    if media.len() > *telegram_limits::ALBUM.end() {
        return Err(ErrorResponse::bad("too much messages to send as an album"));
    }
    // Telegram's documentation forbids it; the text of its error is not documented.
    if media.len() < *telegram_limits::ALBUM.start() {
        return Err(ErrorResponse::bad("too few messages to send as an album"));
    }
    let none = Map::new();
    let item = |raw: &Value| item(state, params, raw.as_object().unwrap_or(&none));
    let items = media.iter().map(item).collect::<Result<Vec<_>, _>>()?;
    if items.iter().any(|item| item.kind != items[0].kind) {
        return Err(ErrorResponse::bad("document can't be mixed with other media types"));
    }
    Ok(items)
}

fn item(state: &FakeState, params: &Params, raw: &Map<String, Value>) -> Result<Item> {
    let text = |name: &str| raw.get(name).and_then(Value::as_str);
    let kind = match text("type") {
        Some("photo") => UploadKind::Photo,
        Some("document") => UploadKind::Document,
        other => {
            let other = other.unwrap_or_default();
            return Err(ErrorResponse::bad(format!("the fake sends no albums of “{other}”")));
        }
    };
    let media = text("media").unwrap_or_default();
    Ok(Item {
        kind,
        source: source(state, params, kind, "media", Some(media))?,
        words: caption(text("caption"), text("parse_mode"), raw.get("caption_entities").cloned())?,
    })
}

impl Item {
    /// Stores the file if it is new.
    fn keep(self, state: &mut FakeState) -> MessageContent {
        let file = match self.source {
            MediaSource::Known(id) => id,
            MediaSource::New(upload) => {
                let UploadedFile { name, mime, bytes } = upload;
                state.store_file(self.kind.name(), &name, &mime, bytes).id
            }
        };
        let words = self.words;
        match self.kind {
            UploadKind::Photo => MessageContent::Photo { file, words },
            UploadKind::Document => MessageContent::Document { file, words },
        }
    }
}

/// The file that `value` refers to: an upload, or a file that was sent before.
fn source(
    state: &FakeState,
    params: &Params,
    kind: UploadKind,
    field: &str,
    value: Option<&str>,
) -> Result<MediaSource> {
    if let Some(upload) = params.upload(field, value) {
        check_upload(kind, upload)?;
        return Ok(MediaSource::New(upload.clone()));
    }
    let id = value.unwrap_or_default().trim_end_matches("-s");
    if id.is_empty() {
        return Err(ErrorResponse::bad(format!("there is no {} in the request", kind.name())));
    }
    if !state.files.contains_key(id) {
        return Err(ErrorResponse::bad("wrong file identifier/HTTP URL specified"));
    }
    // A file keeps its kind: a photo was re-encoded, a document was not.
    if !id.starts_with(kind.name()) {
        let is = id.split('-').next().unwrap_or_default();
        let name = kind.name();
        return Err(ErrorResponse::bad(format!("can't use file of type {is} as {name}")));
    }
    Ok(MediaSource::Known(id.to_owned()))
}

fn check_upload(kind: UploadKind, upload: &UploadedFile) -> Result<()> {
    let bytes = upload.bytes.len();
    if bytes == 0 {
        return Err(ErrorResponse::bad("file must be non-empty"));
    }
    if bytes > telegram_limits::UPLOAD_BYTES {
        return Err(ErrorResponse::too_large());
    }
    if kind == UploadKind::Document {
        return Ok(());
    }
    let most = telegram_limits::PHOTO_BYTES;
    if bytes > most {
        return Err(ErrorResponse::bad(format!(
            "file of size {bytes} bytes is too big for a photo; the maximum size is {most} bytes"
        )));
    }
    let Ok(size) = imagesize::blob_size(&upload.bytes) else {
        return Err(ErrorResponse::bad("IMAGE_PROCESS_FAILED"));
    };
    let (long, short) = (size.width.max(size.height), size.width.min(size.height));
    let odd =
        long + short > telegram_limits::PHOTO_SIDES || long > short * telegram_limits::PHOTO_RATIO;
    if odd {
        return Err(ErrorResponse::bad("PHOTO_INVALID_DIMENSIONS"));
    }
    Ok(())
}
