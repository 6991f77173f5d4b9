//! What a person asks for, judged once: an [`Order`] becomes a valid `Brief`, or a refusal that
//! says what to do.

use domain::{
    BlobKey, Brief, Format, ImageKind, Language, Link, LinkError, LongText, SlideCount, ThemeId,
    Topic, TopicError, limits::VOICE_BYTES,
};
use render::Renderer;
use runtime::settings::Settings;
use storage::{Blobs, S3Options};

/// A request as it was typed.
#[derive(Debug, Clone)]
pub struct Order {
    /// What it is about.
    pub words: Words,
    /// The language; told from the words where it is not said.
    pub language: Option<Language>,
    /// How many slides.
    pub slides: SlideCount,
    /// The look.
    pub theme: ThemeId,
    /// The shape.
    pub format: Format,
    /// The encoding.
    pub image: ImageKind,
}

/// The words of a request.
#[derive(Debug, Clone)]
pub enum Words {
    /// A topic in one line.
    Topic(String),
    /// A longer text to condense.
    Text(String),
    /// A page to condense.
    Link(String),
    /// Something that was said: the sound, and the ending that tells its format.
    Voice(Vec<u8>, String),
}

/// Why an order can't be taken; each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The topic or the text.
    #[error(transparent)]
    Words(#[from] TopicError),
    /// The link.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// A recording that is too large, or of no format that we know.
    #[error("{0}")]
    Voice(&'static str),
    /// Letters that no font of ours has.
    #[error(
        "no font here can draw “{character}” (U+{code:04X}): write in Russian or English, or name \
         a folder with a font that has it in FONT_DIR",
        code = u32::from(*.character)
    )]
    Undrawable {
        /// The first of them.
        character: char,
    },
    /// A theme that there is none of.
    #[error("there is no theme “{theme}”: choose one of {choices}")]
    UnknownTheme {
        /// What was asked for.
        theme: ThemeId,
        /// What there is.
        choices: String,
    },
    /// The text can't be stored.
    #[error("the text can't be stored: {0}")]
    Storage(#[from] storage::Error),
}

impl Order {
    /// An order with everything but the words left to us.
    pub fn about(words: Words) -> Self {
        Self {
            words,
            language: None,
            slides: SlideCount::default(),
            theme: ThemeId::default(),
            format: Format::Portrait,
            image: ImageKind::Jpeg,
        }
    }

    /// Judges it. A long text goes into `blobs`: histories carry its key.
    ///
    /// # Errors
    /// [`Refusal`], with words for the person who asked.
    pub async fn judge(self, renderer: &Renderer, blobs: &Blobs) -> Result<Brief, Refusal> {
        if !renderer.themes().any(|theme| *theme == self.theme) {
            let choices: Vec<&str> = renderer.themes().map(ThemeId::as_str).collect();
            return Err(Refusal::UnknownTheme {
                theme: self.theme,
                choices: choices.join(", "),
            });
        }
        let (mut link, mut voice) = (None, None);
        let (topic, text) = match self.words {
            Words::Topic(raw) => (Topic::parse(&raw)?, None),
            Words::Text(raw) => {
                let text = LongText::parse(&raw)?;
                (text.headline(), Some(text))
            }
            Words::Link(raw) => {
                let link = link.insert(Link::parse(&raw)?);
                (link.headline(), None)
            }
            Words::Voice(sound, ending) => {
                voice = Some(record(blobs, sound, &ending).await?);
                (Topic::parse(SAID)?, None)
            }
        };
        let words = text.as_ref().map_or(topic.as_str(), LongText::as_str);
        if let Some(character) = renderer.undrawable(words) {
            return Err(Refusal::Undrawable { character });
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

/// The store that the settings name, for long texts.
///
/// # Errors
/// [`storage::Error`] for an address that can't be one, or a folder that can't be written.
pub fn blobs(settings: &Settings) -> Result<Blobs, storage::Error> {
    let data = &settings.data;
    Blobs::open_with(&data.blobs_url, &S3Options::read(|name| data.aws(name)))
}

/// What a carousel is called before anybody has listened.
const SAID: &str = "a voice message";

/// Formats that listening models know, by their endings.
const SOUNDS: [&str; 10] = [
    "flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm",
];

/// Whether a file that ends so is a recording that can be listened to.
pub(crate) fn is_sound(ending: &str) -> bool {
    SOUNDS.contains(&ending.to_lowercase().as_str())
}

async fn record(blobs: &Blobs, sound: Vec<u8>, ending: &str) -> Result<BlobKey, Refusal> {
    let ending = ending.to_lowercase();
    if !is_sound(&ending) {
        return Err(Refusal::Voice(
            "a recording ends in .ogg, .mp3, .m4a, .wav, .webm or .flac",
        ));
    }
    if sound.is_empty() || sound.len() > VOICE_BYTES {
        return Err(Refusal::Voice(
            "a recording has at most 20 MB, and is not empty",
        ));
    }
    let stored = blobs.put(sound, &ending).await?;
    Ok(BlobKey::parse(&stored.key).map_err(storage::Error::from)?)
}

async fn store(blobs: &Blobs, text: &LongText) -> Result<BlobKey, Refusal> {
    let stored = blobs.put(text.as_str().to_owned(), "txt").await?;
    Ok(BlobKey::parse(&stored.key).map_err(storage::Error::from)?)
}
