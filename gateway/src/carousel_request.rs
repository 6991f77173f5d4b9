//! Validates a user's request once: an [`CarouselRequest`] becomes a valid `Brief`, or a refusal that says
//! what to do.

use domain::{
    BlobKey, Brief, Format, ImageKind, Language, Link, LinkError, LongText, SlideCount, ThemeId,
    Topic, TopicError, limits::VOICE_BYTES,
};
use render::Renderer;
use runtime::settings::Settings;
use storage::{Blobs, S3Options};

/// A request as the user typed it.
#[derive(Debug, Clone)]
pub struct CarouselRequest {
    pub source: CarouselSource,
    /// `None` detects it from the text.
    pub language: Option<Language>,
    pub slides: SlideCount,
    pub theme: ThemeId,
    pub format: Format,
    pub image: ImageKind,
}

/// What a carousel is made from.
#[derive(Debug, Clone)]
pub enum CarouselSource {
    /// A topic in one line.
    Topic(String),
    /// A longer text to condense.
    Text(String),
    /// A web page to condense.
    Link(String),
    /// A recording: its bytes and its file name extension.
    Voice(Vec<u8>, String),
}

/// Why a request is refused; each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum RequestRefusal {
    #[error(transparent)]
    Topic(#[from] TopicError),
    #[error(transparent)]
    Link(#[from] LinkError),
    /// A recording that is too large or has an unsupported format.
    #[error("{0}")]
    Voice(&'static str),
    /// Characters that no bundled font has.
    #[error(
        "no font here can draw “{character}” (U+{code:04X}): write in Russian or English, or name \
         a folder with a font that has it in FONT_DIR",
        code = u32::from(*.character)
    )]
    Undrawable {
        /// The first such character.
        character: char,
    },
    #[error("there is no theme “{theme}”: choose one of {choices}")]
    UnknownTheme {
        theme: ThemeId,
        /// The names of all themes.
        choices: String,
    },
    /// The text can't be stored.
    #[error("the text can't be stored: {0}")]
    Storage(#[from] storage::StorageError),
}

impl CarouselRequest {
    /// An order with default options.
    pub fn about(source: CarouselSource) -> Self {
        Self {
            source,
            language: None,
            slides: SlideCount::default(),
            theme: ThemeId::default(),
            format: Format::Portrait,
            image: ImageKind::Jpeg,
        }
    }

    /// Validates the order. A long text is stored in `blobs`; histories contain only its key.
    ///
    /// # Errors
    /// [`RequestRefusal`]; the message is for the user.
    pub async fn validate(
        self,
        renderer: &Renderer,
        blobs: &Blobs,
    ) -> Result<Brief, RequestRefusal> {
        if !renderer.themes().any(|theme| *theme == self.theme) {
            let choices: Vec<&str> = renderer.themes().map(ThemeId::as_str).collect();
            return Err(RequestRefusal::UnknownTheme {
                theme: self.theme,
                choices: choices.join(", "),
            });
        }
        let (mut link, mut voice) = (None, None);
        let (topic, text) = match self.source {
            CarouselSource::Topic(raw) => (Topic::parse(&raw)?, None),
            CarouselSource::Text(raw) => {
                let text = LongText::parse(&raw)?;
                (text.headline(), Some(text))
            }
            CarouselSource::Link(raw) => {
                let link = link.insert(Link::parse(&raw)?);
                (link.headline(), None)
            }
            CarouselSource::Voice(sound, ending) => {
                voice = Some(record(blobs, sound, &ending).await?);
                (Topic::parse(VOICE_TOPIC)?, None)
            }
        };
        let words = text.as_ref().map_or(topic.as_str(), LongText::as_str);
        if let Some(character) = renderer.missing_character(words) {
            return Err(RequestRefusal::Undrawable { character });
        }
        let language = self.language.unwrap_or_else(|| Language::detect(words));
        Ok(Brief {
            text: match text {
                Some(text) => Some(store(blobs, &text).await?),
                None => None,
            },
            topic,
            link,
            voice,
            language,
            slides: self.slides,
            theme: self.theme,
            format: self.format,
            image: self.image,
        })
    }
}

/// The blob store in the settings, for long texts.
///
/// # Errors
/// [`storage::StorageError`] for an invalid address or a folder that is not writable.
pub fn blobs(settings: &Settings) -> Result<Blobs, storage::StorageError> {
    let data = &settings.data;
    let options = S3Options::read(|name| data.aws(name));
    Blobs::open_with(data.blobs_url.expose(), &options)
}

/// The topic of a recording before it is transcribed.
const VOICE_TOPIC: &str = "a voice message";

/// File name extensions that transcription models accept.
const AUDIO_EXTENSIONS: [&str; 10] =
    ["flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm"];

/// Whether a file with this extension can be transcribed.
pub(crate) fn is_audio(ending: &str) -> bool {
    AUDIO_EXTENSIONS.contains(&ending.to_lowercase().as_str())
}

async fn record(blobs: &Blobs, sound: Vec<u8>, ending: &str) -> Result<BlobKey, RequestRefusal> {
    let ending = ending.to_lowercase();
    if !is_audio(&ending) {
        return Err(RequestRefusal::Voice(
            "a recording ends in .ogg, .mp3, .m4a, .wav, .webm or .flac",
        ));
    }
    if sound.is_empty() || sound.len() > VOICE_BYTES {
        return Err(RequestRefusal::Voice("a recording has at most 20 MB, and is not empty"));
    }
    let stored = blobs.put(sound, &ending).await?;
    Ok(BlobKey::parse(&stored.key).map_err(storage::StorageError::from)?)
}

async fn store(blobs: &Blobs, text: &LongText) -> Result<BlobKey, RequestRefusal> {
    let stored = blobs.put(text.as_str().to_owned(), "txt").await?;
    Ok(BlobKey::parse(&stored.key).map_err(storage::StorageError::from)?)
}
