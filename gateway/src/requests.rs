//! What other systems can ask for: make, cancel and revise a carousel. The bus and the HTTP API are two transports of
//! this one implementation.
//!
//! A request may be handled again at any time: its workflow, its admission and its edit have names that are derived
//! from who asks and from the key of the request.

mod request_failure;
mod request_names;

use std::{str::FromStr, sync::Arc};

use ::metrics::Metrics;
use chrono::Utc;
use domain::{
    BlobKey, CarouselId, ChatId, ContentLanguage, Draft, Format, ImageKind, Language, Outcome,
    SlideCount, SlideNumber, ThemeId, UserId,
    limits::INSTRUCTION_CHARS,
    record::{BlobRecord, SlideRecord},
    slide_lines::from_lines,
};
use events::{EventId, Timestamp, request::GenerateRequest};
use render::{Renderer, RendererConfig};
use runtime::settings::Settings;
use storage::{
    Blobs, Database, DatabaseOptions, DatabaseRole, StorageError,
    carousels::{self, Carousel},
    privacy,
    requests::{self, OutsideRequest, RequestAdmission},
};
use temporalio_client::Client;
use workflows::{
    destination::DestinationRecord,
    edit::{EditKind, EditRecord},
};

use crate::{
    carousel_client::{CancelResult, CarouselClient, CarouselOptions, ProviderChoice},
    carousel_request::{self, CarouselRequest, CarouselSource, RequestRefusal},
};

pub use request_failure::RequestFailure;
pub use request_names::RequestKey;
use request_names::request_name;
pub(crate) use request_names::{hex, is_user_of, user_of_source};

/// Everything that carrying out requests needs. Cheap to clone.
#[derive(Clone)]
pub struct RequestService {
    pub(crate) db: Database,
    pub(crate) blobs: Blobs,
    pub(crate) renderer: Renderer,
    pub(crate) carousels: CarouselClient,
    /// `false` if this process knows that there is no model.
    may_use_models: bool,
}

/// A system that asks, and what it may.
#[derive(Debug, Clone)]
pub struct Requester {
    /// How refusals name it.
    pub name: String,
    /// The user of its work.
    pub user: UserId,
    /// Whose carousels it may see and change.
    pub owns: OwnedBy,
    /// What its requests count for.
    pub counted_as: String,
    /// Requests per day (UTC).
    pub per_day: u32,
    /// The chat that gets its carousels; `None` for a folder.
    pub chat: Option<i64>,
}

/// Whose carousels a requester may see and change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnedBy {
    User(UserId),
    /// All users of a source of events.
    Source(String),
}

/// A carousel that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    pub id: CarouselId,
    /// Whether this request is the first with its key.
    pub is_new: bool,
}

/// A carousel of a requester.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnCarousel {
    Stored(Box<Carousel>),
    /// Its request was admitted, and its workflow has not stored it yet.
    Accepted {
        id: CarouselId,
        at: Timestamp,
        /// If its workflow has ended before it stored the carousel.
        outcome: Option<Outcome>,
    },
}

/// A change of a finished carousel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestedEdit {
    Rewrite,
    Restyle {
        theme: String,
    },
    /// `None` for all slides.
    Instruct {
        slide: Option<u32>,
        instruction: String,
    },
    /// The new text of a slide, in lines.
    Reword {
        slide: u32,
        text: String,
    },
}

impl RequestService {
    /// Opens what it needs.
    ///
    /// # Errors
    /// If the database or the blob store can't be opened, or fonts are missing. The message is for the operator.
    pub async fn open(
        settings: &Settings,
        client: Client,
        metrics: &Arc<Metrics>,
    ) -> anyhow::Result<Self> {
        storage::private_files::make_folder_private(&settings.data.dir, "DATA_DIR")?;
        let url = settings.data.database_url.expose();
        let db = Database::open(url, &DatabaseOptions::of(DatabaseRole::Gateway)).await?;
        Self::on(db.measured_by(metrics.clone(), "requests"), settings, client)
    }

    /// Opens what it needs besides the database.
    pub(crate) fn on(db: Database, settings: &Settings, client: Client) -> anyhow::Result<Self> {
        Ok(Self {
            db,
            blobs: carousel_request::blobs(settings)?,
            renderer: Renderer::new(&RendererConfig {
                font_dir: settings.render.font_dir.clone(),
                ..RendererConfig::default()
            })?,
            carousels: CarouselClient::new(client),
            may_use_models: settings.ai.services.as_ref().is_none_or(|all| !all.is_empty()),
        })
    }

    /// Whether everything that a request needs answers.
    pub async fn is_available(&self) -> bool {
        let (database, blobs, temporal) =
            tokio::join!(self.db.ping(), self.blobs.ping(), self.carousels.ping());
        database.is_ok() && blobs.is_ok() && temporal.is_ok()
    }

    /// Starts a carousel. `cause` is the event that asks for it, if one does.
    ///
    /// # Errors
    /// [`RequestFailure`].
    pub async fn generate(
        &self,
        requester: &Requester,
        key: &RequestKey,
        request: CarouselRequest,
        writers: ProviderChoice,
        cause: Option<EventId>,
    ) -> Result<Generated, RequestFailure> {
        let brief = request.validate(&self.renderer, &self.blobs).await?;
        let id = &key.carousel;
        let is_new = self.admit(requester, key, id.as_str()).await?;
        let destination = requester.destination(id, brief.language.interface());
        let options = CarouselOptions { cause, ..writers.into() };
        self.carousels.start_with(options, id, &requester.user, &brief, destination).await?;
        Ok(Generated { id: id.clone(), is_new })
    }

    /// Cancels a carousel. A repetition succeeds too.
    ///
    /// # Errors
    /// [`RequestFailure`].
    pub async fn cancel(
        &self,
        requester: &Requester,
        carousel: &str,
    ) -> Result<CarouselId, RequestFailure> {
        let id = self.own(requester, carousel).await?.into_id();
        let why = format!("cancelled by a request of {}", requester.name);
        match self.carousels.cancel(&id, &why).await? {
            CancelResult::Done | CancelResult::Requested => Ok(id),
            CancelResult::AlreadyEnded(how) if how == "cancelled" || how == "canceled" => Ok(id),
            CancelResult::TooLate => {
                Err(RequestFailure::WrongState(format!("{id} is being delivered, or was")))
            }
            CancelResult::AlreadyEnded(how) => {
                Err(RequestFailure::WrongState(format!("{id} has ended: {how}")))
            }
        }
    }

    /// Requests an edit of a finished carousel; its result is a new revision. `base` is the revision that the edit was
    /// chosen for, 0 for any. Returns the id of the workflow that makes it.
    ///
    /// # Errors
    /// [`RequestFailure`].
    pub async fn revise(
        &self,
        requester: &Requester,
        key: &RequestKey,
        carousel: &str,
        base: u32,
        edit: &RequestedEdit,
    ) -> Result<String, RequestFailure> {
        let carousel = self.finished(requester, carousel).await?;
        let id = &carousel.id;
        let current = carousel.revision.unwrap_or_default();
        // A repetition of an edit that was made already passes.
        let is_known = requests::find(&self.db.read(), &key.name).await?.is_some();
        if base != 0 && base != current && !is_known {
            return Err(RequestFailure::Changed { id: id.clone(), current, base });
        }
        let edit = self.edit_record(&carousel, edit).await?;
        let workflow = format!("revise-{id}");
        self.admit(requester, key, &workflow).await?;
        let language = carousel.brief.language.parse::<ContentLanguage>();
        let language = language.map_or(Language::En, ContentLanguage::interface);
        let edit = EditRecord {
            intent: key.name.clone(),
            base,
            destination: requester.destination(id, language),
            traceparent: traces::traceparent().unwrap_or_default(),
            ..edit
        };
        self.carousels.edit(id, &requester.user, &carousel.brief.topic, edit).await?;
        Ok(workflow)
    }

    /// A carousel of the requester. For every other carousel the answer is the same as for none.
    ///
    /// # Errors
    /// [`RequestFailure::NotFound`], [`RequestFailure::Unavailable`].
    pub async fn own(
        &self,
        requester: &Requester,
        id: &str,
    ) -> Result<OwnCarousel, RequestFailure> {
        let none = || RequestFailure::NotFound {
            requester: requester.name.clone(),
            id: id.chars().filter(|c| !c.is_control()).take(80).collect(),
        };
        let id = CarouselId::parse(id).map_err(|_| none())?;
        let reader = self.db.read();
        let stored = |carousel: Carousel| {
            let is_own = requester.owns.includes(&carousel.user);
            if is_own { Ok(OwnCarousel::Stored(Box::new(carousel))) } else { Err(none()) }
        };
        if let Some(carousel) = carousels::find(&reader, &id).await? {
            return stored(carousel);
        }
        let admitted = match request_name(&id) {
            Some(name) => requests::find(&reader, &name).await?,
            None => None,
        };
        let admitted = admitted.filter(|request| requester.owns.includes(&request.user));
        let request = admitted.ok_or_else(none)?;
        let outcome = self.carousels.outcome(&id).await?;
        // It may have been stored meanwhile.
        if outcome.is_some()
            && let Some(carousel) = carousels::find(&reader, &id).await?
        {
            return stored(carousel);
        }
        Ok(OwnCarousel::Accepted { id, at: request.at, outcome })
    }

    /// A carousel of the requester that has been sent.
    async fn finished(&self, requester: &Requester, id: &str) -> Result<Carousel, RequestFailure> {
        let unfinished = |id: &CarouselId| {
            RequestFailure::WrongState(format!(
                "{id} is not finished: revise it once it is delivered"
            ))
        };
        let carousel = match self.own(requester, id).await? {
            OwnCarousel::Stored(carousel) => *carousel,
            OwnCarousel::Accepted { id, .. } => return Err(unfinished(&id)),
        };
        match carousel.state.outcome() {
            None => Err(unfinished(&carousel.id)),
            Some(outcome @ (Outcome::Failed | Outcome::Cancelled)) => {
                let id = &carousel.id;
                let words = format!("{id} has ended: {outcome}; there is nothing to revise");
                Err(RequestFailure::WrongState(words))
            }
            Some(Outcome::Delivered | Outcome::Unknown) => Ok(carousel),
        }
    }

    async fn edit_record(
        &self,
        carousel: &Carousel,
        edit: &RequestedEdit,
    ) -> Result<EditRecord, RequestFailure> {
        let of_kind = |kind| EditRecord { change: Some(kind), ..EditRecord::default() };
        Ok(match edit {
            RequestedEdit::Rewrite => of_kind(EditKind::Rewrite),
            RequestedEdit::Restyle { theme } => {
                let theme = parsed::<ThemeId>(theme)?;
                if !self.renderer.themes().any(|known| *known == theme) {
                    return Err(RequestFailure::Invalid(format!("there is no theme “{theme}”")));
                }
                EditRecord { theme: theme.as_str().to_owned(), ..of_kind(EditKind::Restyle) }
            }
            RequestedEdit::Instruct { slide, instruction } => {
                let words: Vec<&str> = instruction.split_whitespace().collect();
                let instruction = words.join(" ");
                if instruction.is_empty() || instruction.chars().count() > INSTRUCTION_CHARS {
                    return Err(invalid("an instruction has 1 to 500 characters"));
                }
                if !self.may_use_models {
                    return Err(invalid(
                        "no model is configured here that follows instructions: send the new text",
                    ));
                }
                let slide = match slide {
                    Some(number) => self.slide(carousel, *number).await?.0.get(),
                    None => 0,
                };
                EditRecord { instruction, slide, ..of_kind(EditKind::Instruct) }
            }
            RequestedEdit::Reword { slide, text } => {
                let (number, draft) = self.slide(carousel, *slide).await?;
                let present = draft.slide(number).ok_or_else(|| no_slide(&draft))?;
                let new = from_lines(present, text).map_err(|error| invalid(&error.to_string()))?;
                if let Some(character) = self.renderer.missing_character(text) {
                    return Err(RequestRefusal::Undrawable { character }.into());
                }
                let words = Some(SlideRecord::from(&new));
                EditRecord { words, slide: number.get(), ..of_kind(EditKind::Reword) }
            }
        })
    }

    /// The number of an existing slide, and the current draft.
    async fn slide(
        &self,
        carousel: &Carousel,
        number: u32,
    ) -> Result<(SlideNumber, Draft), RequestFailure> {
        let revision = carousel.revision.unwrap_or_default();
        let saved = carousels::find_draft(&self.db.read(), &carousel.id, revision).await?;
        let saved = saved.ok_or_else(|| invalid("it has no draft"))?;
        let draft = Draft::try_from(&saved.draft).map_err(|error| invalid(&error.to_string()))?;
        let number = SlideNumber::new(number).filter(|number| draft.slide(*number).is_some());
        let number = number.ok_or_else(|| no_slide(&draft))?;
        Ok((number, draft))
    }

    /// The pictures of a revision, with their keys.
    pub(crate) async fn pictures(
        &self,
        id: &CarouselId,
        revision: u32,
    ) -> Result<Vec<(BlobKey, BlobRecord)>, RequestFailure> {
        let pictures = carousels::pictures(&self.db.read(), id, revision).await?;
        let keyed = pictures.into_iter().map(|picture| {
            let key = BlobKey::parse(&picture.key).map_err(StorageError::from)?;
            Ok((key, picture))
        });
        keyed.collect()
    }

    /// Counts the request against its requester's quota, once. Returns whether it is new.
    async fn admit(
        &self,
        requester: &Requester,
        key: &RequestKey,
        workflow: &str,
    ) -> Result<bool, RequestFailure> {
        if privacy::is_running(&self.db.read(), &requester.user).await? {
            return Err(RequestFailure::Erasing);
        }
        let request = &OutsideRequest {
            name: &key.name,
            source: &requester.counted_as,
            user: &requester.user,
            workflow,
            digest: key.digest.as_deref(),
            at: Utc::now(),
        };
        let per_day = requester.per_day;
        let admit = |tx| async move { requests::admit(&tx, request, per_day).await };
        match self.db.write(admit).await? {
            RequestAdmission::New => Ok(true),
            RequestAdmission::Repeated => Ok(false),
            RequestAdmission::Different => Err(RequestFailure::KeyReused),
            RequestAdmission::OverQuota => {
                let requester = requester.name.clone();
                Err(RequestFailure::OverQuota { requester, per_day })
            }
        }
    }
}

impl Requester {
    fn destination(&self, id: &CarouselId, language: Language) -> DestinationRecord {
        match self.chat {
            Some(chat) => DestinationRecord::telegram(ChatId::new(chat), None, language),
            None => DestinationRecord::folder(id.as_str()),
        }
    }
}

impl OwnedBy {
    pub(crate) fn includes(&self, user: &UserId) -> bool {
        match self {
            Self::User(own) => own == user,
            Self::Source(source) => is_user_of(source, user),
        }
    }
}

impl OwnCarousel {
    pub(crate) fn into_id(self) -> CarouselId {
        match self {
            Self::Stored(carousel) => carousel.id,
            Self::Accepted { id, .. } => id,
        }
    }
}

impl RequestedEdit {
    /// Writes all slides again, or changes them by an instruction.
    pub(crate) fn rewrite(instruction: Option<String>) -> Self {
        match instruction {
            Some(instruction) => Self::Instruct { slide: None, instruction },
            None => Self::Rewrite,
        }
    }

    /// Changes a slide.
    ///
    /// # Errors
    /// [`RequestFailure::Invalid`] unless there is exactly one of a text and an instruction.
    pub(crate) fn of_slide(
        slide: u32,
        text: Option<String>,
        instruction: Option<String>,
    ) -> Result<Self, RequestFailure> {
        match (text, instruction) {
            (Some(text), None) => Ok(Self::Reword { slide, text }),
            (None, Some(instruction)) => Ok(Self::Instruct { slide: Some(slide), instruction }),
            (Some(_), Some(_)) | (None, None) => {
                Err(invalid("give exactly one of text and instruction"))
            }
        }
    }
}

/// The request for a carousel that a message asks for.
///
/// # Errors
/// [`RequestFailure::Invalid`], also unless it has exactly one of topic, text and link.
pub fn carousel_request_of(wanted: &GenerateRequest) -> Result<CarouselRequest, RequestFailure> {
    let GenerateRequest { topic, text, link, .. } = wanted;
    let usual = match (topic, text, link) {
        (Some(topic), None, None) => CarouselRequest::about(topic.clone()),
        (None, Some(text), None) => CarouselRequest::of(CarouselSource::Text(text.clone())),
        (None, None, Some(link)) => CarouselRequest::of(CarouselSource::Link(link.clone())),
        _ => return Err(invalid("give exactly one of topic, text and link")),
    };
    with_options(usual, wanted)
}

/// `usual` with the options of `wanted`.
///
/// # Errors
/// [`RequestFailure::Invalid`].
pub(crate) fn with_options(
    usual: CarouselRequest,
    wanted: &GenerateRequest,
) -> Result<CarouselRequest, RequestFailure> {
    let slides = wanted.slides.map(SlideCount::new).transpose();
    Ok(CarouselRequest {
        language: optional::<ContentLanguage>(wanted.language.as_deref())?,
        slides: slides.map_err(|error| invalid(&error.to_string()))?.unwrap_or(usual.slides),
        theme: optional(wanted.style.as_deref())?.unwrap_or_else(|| usual.theme.clone()),
        format: optional::<Format>(wanted.format.as_deref())?.unwrap_or(usual.format),
        image: optional::<ImageKind>(wanted.image.as_deref())?.unwrap_or(usual.image),
        questions: wanted.questions,
        ..usual
    })
}

fn optional<T: FromStr<Err: std::fmt::Display>>(
    text: Option<&str>,
) -> Result<Option<T>, RequestFailure> {
    text.map(parsed).transpose()
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, RequestFailure> {
    text.parse().map_err(|error: T::Err| invalid(&error.to_string()))
}

fn invalid(words: &str) -> RequestFailure {
    RequestFailure::Invalid(words.to_owned())
}

fn no_slide(draft: &Draft) -> RequestFailure {
    let total = draft.slides().len();
    RequestFailure::Invalid(format!("there is no such slide: it has slides 1 to {total}"))
}
