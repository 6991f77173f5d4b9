//! Validates a user's request once: an [`CarouselRequest`] becomes a valid `Brief`, or a refusal that says
//! what to do.

use domain::{
    BlobKey, Brief, ContentLanguage, Format, ImageKind, Language, Link, LinkError, LongText,
    SlideCount, ThemeId, Topic, TopicError,
    limits::{TEXT_CHARS, VOICE_BYTES},
};
use render::Renderer;
use runtime::settings::Settings;
use storage::{Blobs, S3Options};

/// A request as the user typed it.
#[derive(Debug, Clone)]
pub struct CarouselRequest {
    /// The topic. For a source, the person's own title; empty if they gave none.
    pub topic: String,
    /// What the carousel condenses, if it is not about a topic only.
    pub source: Option<CarouselSource>,
    /// `None` takes the language that the topic, the text, the page or the recording shows, else the
    /// usual one.
    pub language: Option<ContentLanguage>,
    /// The person's language, for content that shows none, such as a topic that is a name.
    pub usual_language: Language,
    pub slides: SlideCount,
    pub theme: ThemeId,
    pub format: Format,
    pub image: ImageKind,
    /// Questions to ask about the topic, instead of statements about it.
    pub questions: bool,
    /// How many characters the file has, if only its beginning is used.
    pub cut_from: Option<usize>,
}

/// What a carousel condenses.
#[derive(Debug, Clone)]
pub enum CarouselSource {
    Text(String),
    /// A web page.
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
    /// A file that can't be read, or is no text.
    #[error("{0}")]
    File(String),
    /// A recording that is too large or has an unsupported format.
    #[error("{0}")]
    Voice(&'static str),
    #[error(
        "no font here can draw “{character}” (U+{code:04X}): write in another language, or name a \
         folder with a font that has it in FONT_DIR",
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
    #[error("the text can't be stored: {0}")]
    Storage(#[from] storage::StorageError),
}

impl CarouselRequest {
    /// A request about a topic, with default options.
    pub fn about(topic: impl Into<String>) -> Self {
        Self {
            topic: topic.into(),
            source: None,
            language: None,
            usual_language: Language::En,
            slides: SlideCount::default(),
            theme: ThemeId::default(),
            format: Format::Portrait,
            image: ImageKind::Jpeg,
            questions: false,
            cut_from: None,
        }
    }

    /// A request without a title, with default options.
    pub fn of(source: CarouselSource) -> Self {
        Self { source: Some(source), ..Self::about("") }
    }

    /// Says that only the beginning of a file is used.
    pub fn cut_notice(&self) -> Option<String> {
        let chars = self.cut_from?;
        Some(format!("the file has {chars} characters: its first {TEXT_CHARS} or fewer are used"))
    }

    /// Validates the request. A long text is stored in `blobs`; histories contain only its key.
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
        let topic = Topic::parse(&self.topic);
        let titled = self.source.is_some() && topic.is_ok();
        let (mut text, mut link, mut voice) = (None, None, None);
        let headline = match self.source {
            None => None,
            Some(CarouselSource::Text(raw)) => {
                Some(document::headline_of(text.insert(LongText::parse(&raw)?)))
            }
            Some(CarouselSource::Link(raw)) => Some(link.insert(Link::parse(&raw)?).headline()),
            Some(CarouselSource::Voice(sound, ending)) => {
                voice = Some(record(blobs, sound, &ending).await?);
                Some(Topic::parse(VOICE_TOPIC)?)
            }
        };
        // A title without a word says nothing.
        let topic = match headline {
            Some(headline) => topic.unwrap_or(headline),
            None => topic?,
        };
        let words = text.as_ref().map_or(topic.as_str(), LongText::as_str);
        if let Some(character) = renderer.missing_character(words) {
            return Err(RequestRefusal::Undrawable { character });
        }
        // A page or a recording shows its language once it is read. Until then a title shows one.
        let is_unread = link.is_some() || voice.is_some();
        let shown = || document::shown_language(words).filter(|_| titled || !is_unread);
        let language = self.language.or_else(shown).unwrap_or(self.usual_language.into());
        // Before the model writes what no font draws.
        if let Some(character) = renderer.missing_character(language.own_name()) {
            return Err(RequestRefusal::Undrawable { character });
        }
        Ok(Brief {
            text: match text {
                Some(text) => Some(store(blobs, &text).await?),
                None => None,
            },
            topic,
            link,
            voice,
            titled,
            language,
            language_from_source: is_unread && self.language.is_none(),
            slides: self.slides,
            theme: self.theme,
            format: self.format,
            image: self.image,
            questions: self.questions,
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
