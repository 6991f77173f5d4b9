//! Sends pictures and files: single ones, and albums.

use serde_json::{Map, Value};

use super::{
    Asked, Done,
    sending::{Place, caption, keyboard, one, shown},
    spend,
};
use crate::bot_api::{
    fault::Effect,
    limits,
    model::{Content, Words},
    refusal::Refusal,
    request::{Params, Upload},
    world::World,
};

/// The kind that a file is sent as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Photo,
    Document,
}

/// A validated file to send.
enum Source {
    /// The id of a file that was sent before: no upload.
    Known(String),
    New(Upload),
}

struct Item {
    kind: Kind,
    source: Source,
    words: Words,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Document => "document",
        }
    }
}

pub(super) fn photo(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    single(world, asked, Kind::Photo)
}

pub(super) fn document(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    single(world, asked, Kind::Document)
}

fn single(world: &mut World, asked: &Asked<'_>, kind: Kind) -> Result<Done, Refusal> {
    let params = asked.params;
    let place = Place::of(world, params)?;
    let value = params.text(kind.name());
    let item = Item {
        kind,
        source: source(world, params, kind, kind.name(), value.as_deref())?,
        words: caption(
            params.text("caption").as_deref(),
            params.text("parse_mode").as_deref(),
            params.structure("caption_entities")?,
        )?,
    };
    let markup = keyboard(params)?;
    spend(world, asked, place.chat, 1)?;
    let content = item.keep(world);
    Ok(one(world, asked, place, content, markup))
}

/// `sendMediaGroup`. An album costs as many messages as it has items, and has no buttons.
pub(super) fn album(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let place = Place::of(world, asked.params)?;
    let items = items(world, asked.params)?;
    spend(world, asked, place.chat, items.len())?;
    let arriving = match asked.effect {
        Effect::None => 0,
        Effect::Part(arrived) => arrived,
        Effect::Whole => items.len(),
    };
    let name = world.new_album();
    let mut done = Done::default();
    let mut results = Vec::new();
    for item in items.into_iter().take(arriving) {
        let mut draft = place.draft(asked, item.keep(world));
        draft.album = Some(name.clone());
        let id = world.add_message(draft, asked.now);
        results.push(shown(world, place.chat, id));
        done.messages.push(id);
    }
    done.result = results.into();
    Ok(done)
}

fn items(world: &World, params: &Params) -> Result<Vec<Item>, Refusal> {
    let media = params.structure("media")?;
    let Some(Value::Array(media)) = media else {
        return Err(Refusal::bad(
            "can't parse media: expected an Array of InputMedia",
        ));
    };
    if media.len() > *limits::ALBUM.end() {
        return Err(Refusal::bad("too much messages to send as an album"));
    }
    // Telegram's documentation forbids it; the text of its error is not documented.
    if media.len() < *limits::ALBUM.start() {
        return Err(Refusal::bad("too few messages to send as an album"));
    }
    let none = Map::new();
    let item = |raw: &Value| item(world, params, raw.as_object().unwrap_or(&none));
    let items = media.iter().map(item).collect::<Result<Vec<_>, _>>()?;
    if items.iter().any(|item| item.kind != items[0].kind) {
        return Err(Refusal::bad(
            "document can't be mixed with other media types",
        ));
    }
    Ok(items)
}

fn item(world: &World, params: &Params, raw: &Map<String, Value>) -> Result<Item, Refusal> {
    let text = |name: &str| raw.get(name).and_then(Value::as_str);
    let kind = match text("type") {
        Some("photo") => Kind::Photo,
        Some("document") => Kind::Document,
        other => {
            let other = other.unwrap_or_default();
            return Err(Refusal::bad(format!(
                "the fake sends no albums of “{other}”"
            )));
        }
    };
    let media = text("media").unwrap_or_default();
    Ok(Item {
        kind,
        source: source(world, params, kind, "media", Some(media))?,
        words: caption(
            text("caption"),
            text("parse_mode"),
            raw.get("caption_entities").cloned(),
        )?,
    })
}

impl Item {
    /// Stores the file if it is new.
    fn keep(self, world: &mut World) -> Content {
        let file = match self.source {
            Source::Known(id) => id,
            Source::New(upload) => {
                let Upload { name, mime, bytes } = upload;
                world.keep(self.kind.name(), &name, &mime, bytes).id
            }
        };
        let words = self.words;
        match self.kind {
            Kind::Photo => Content::Photo { file, words },
            Kind::Document => Content::Document { file, words },
        }
    }
}

/// The file that `value` refers to: an upload, or a file that was sent before.
fn source(
    world: &World,
    params: &Params,
    kind: Kind,
    field: &str,
    value: Option<&str>,
) -> Result<Source, Refusal> {
    if let Some(upload) = params.upload(field, value) {
        look_at(kind, upload)?;
        return Ok(Source::New(upload.clone()));
    }
    let id = value.unwrap_or_default().trim_end_matches("-s");
    if id.is_empty() {
        return Err(Refusal::bad(format!(
            "there is no {} in the request",
            kind.name()
        )));
    }
    if !world.files.contains_key(id) {
        return Err(Refusal::bad("wrong file identifier/HTTP URL specified"));
    }
    // A file keeps its kind: a photo was re-encoded, a document was not.
    if !id.starts_with(kind.name()) {
        let is = id.split('-').next().unwrap_or_default();
        let name = kind.name();
        return Err(Refusal::bad(format!(
            "can't use file of type {is} as {name}"
        )));
    }
    Ok(Source::Known(id.to_owned()))
}

fn look_at(kind: Kind, upload: &Upload) -> Result<(), Refusal> {
    let bytes = upload.bytes.len();
    if bytes == 0 {
        return Err(Refusal::bad("file must be non-empty"));
    }
    if bytes > limits::UPLOAD_BYTES {
        return Err(Refusal::too_large());
    }
    if kind == Kind::Document {
        return Ok(());
    }
    let most = limits::PHOTO_BYTES;
    if bytes > most {
        return Err(Refusal::bad(format!(
            "file of size {bytes} bytes is too big for a photo; the maximum size is {most} bytes"
        )));
    }
    let Ok(size) = imagesize::blob_size(&upload.bytes) else {
        return Err(Refusal::bad("IMAGE_PROCESS_FAILED"));
    };
    let (long, short) = (size.width.max(size.height), size.width.min(size.height));
    let odd = long + short > limits::PHOTO_SIDES || long > short * limits::PHOTO_RATIO;
    if odd {
        return Err(Refusal::bad("PHOTO_INVALID_DIMENSIONS"));
    }
    Ok(())
}
