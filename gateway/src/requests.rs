//! What other systems can ask for: make, cancel and revise a carousel. The bus and the HTTP API are two transports of
//! this one implementation.
//!
//! A request may be handled again at any time: its workflow, its admission and its edit have names that are derived
//! from who asks and from the key of the request.

mod request_failure;
mod request_names;
mod requested_edit;

use std::{str::FromStr, sync::Arc};

use ::metrics::Metrics;
use chrono::Utc;
use domain::{
    BlobKey, CarouselId, ChatId, ContentLanguage, Format, ImageKind, Language, Outcome, SlideCount,
    UserId, record::BlobRecord,
};
use events::{Timestamp, request::GenerateRequest};
use render::{Renderer, RendererConfig};
use runtime::settings::Settings;
use storage::{
    Blobs, Database, DatabaseOptions, DatabaseRole, StorageError,
    carousels::{self, Carousel},
    ledger, privacy,
    requests::{self, OutsideRequest, RequestAdmission},
};
use temporalio_client::Client;
use workflows::{destination::DestinationRecord, edit::EditRecord};

use crate::{
    carousel_client::{CancelResult, CarouselClient, CarouselOptions},
    carousel_request::{self, CarouselRequest, CarouselSource},
};

pub use request_failure::RequestFailure;
pub use request_names::RequestKey;
use request_names::request_name;
pub(crate) use request_names::{hex, is_user_of, user_of_source};
pub use requested_edit::{AcceptedEdit, RequestedEdit, RequestedEditResult};

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

    /// Whether a model can follow instructions, as far as this process knows.
    pub(crate) const fn may_use_models(&self) -> bool {
        self.may_use_models
    }

    /// Whether everything that a request needs answers.
    pub async fn is_available(&self) -> bool {
        let (database, blobs, temporal) =
            tokio::join!(self.db.ping(), self.blobs.ping(), self.carousels.ping());
        database.is_ok() && blobs.is_ok() && temporal.is_ok()
    }

    /// Starts a carousel.
    ///
    /// # Errors
    /// [`RequestFailure`].
    pub async fn generate(
        &self,
        requester: &Requester,
        key: &RequestKey,
        request: CarouselRequest,
        options: CarouselOptions,
    ) -> Result<Generated, RequestFailure> {
        let brief = request.validate(&self.renderer, &self.blobs).await?;
        let id = &key.carousel;
        let is_new = self.admit(requester, key, id.as_str()).await?;
        let destination = requester.destination(id, brief.language.interface());
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

    /// Requests an edit of a finished carousel, or of a draft in review; its result is a new revision. `base` is the
    /// revision that the edit was chosen for, 0 for any.
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
    ) -> Result<AcceptedEdit, RequestFailure> {
        let carousel = self.written(requester, carousel).await?;
        let id = &carousel.id;
        let current = carousel.revision.unwrap_or_default();
        // A repetition of an edit that was made already passes.
        let is_known = requests::find(&self.db.read(), &key.name).await?.is_some();
        if base != 0 && base != current && !is_known {
            return Err(RequestFailure::Changed { id: id.clone(), current, base });
        }
        let is_in_review = self.is_in_review(&carousel).await?;
        if !is_known {
            edit.check_state(&carousel, is_in_review)?;
        }
        let record = self.edit_record(requester, &carousel, edit).await?;
        let workflow = if is_in_review { id.as_str().to_owned() } else { format!("revise-{id}") };
        self.admit(requester, key, &workflow).await?;
        let accepted = AcceptedEdit { carousel: id.clone(), workflow, name: key.name.clone() };
        // The workflow compares the base with the revision that it loads, which is here the one to go back to.
        let base = if matches!(edit, RequestedEdit::Restore { .. }) { 0 } else { base };
        let record = EditRecord {
            intent: key.name.clone(),
            base,
            traceparent: traces::traceparent().unwrap_or_default(),
            ..record
        };
        if is_in_review && self.carousels.edit_draft(id, record.clone()).await? {
            return Ok(accepted);
        }
        // The draft of this request was drawn before.
        if matches!(edit, RequestedEdit::Draw) {
            return Ok(accepted);
        }
        self.carousels.edit(id, &requester.user, &carousel.brief.topic, record).await?;
        Ok(accepted)
    }

    /// What came of an edit that [`RequestService::revise`] accepted; `None` if there is none of this name.
    ///
    /// # Errors
    /// [`RequestFailure::NotFound`], [`RequestFailure::Unavailable`].
    pub async fn edit_result(
        &self,
        requester: &Requester,
        carousel: &str,
        name: &str,
    ) -> Result<Option<RequestedEditResult>, RequestFailure> {
        let id = self.own(requester, carousel).await?.into_id();
        let reader = self.db.read();
        let request = requests::find(&reader, name).await?;
        let is_of = |workflow: &str| workflow == id.as_str() || workflow == format!("revise-{id}");
        let Some(request) = request.filter(|request| is_of(&request.workflow)) else {
            return Ok(None);
        };
        if let Some(cause) = request.refusal {
            return Ok(Some(RequestedEditResult::Refused(cause)));
        }
        let made = carousels::revision_of_edit(&reader, &id, name).await?;
        Ok(Some(made.map_or(RequestedEditResult::Pending, RequestedEditResult::Done)))
    }

    /// Whether the carousel's draft waits for its user.
    pub(crate) async fn is_in_review(&self, carousel: &Carousel) -> storage::Result<bool> {
        if carousel.revision.is_none() || !carousel.state.is_open() {
            return Ok(false);
        }
        ledger::is_in_review(&self.db.read(), &carousel.id).await
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

    /// A carousel of the requester that has slides, finished or in review.
    async fn written(&self, requester: &Requester, id: &str) -> Result<Carousel, RequestFailure> {
        let unfinished = |id: &CarouselId| {
            RequestFailure::WrongState(format!(
                "{id} is not finished: change it once it is delivered"
            ))
        };
        let carousel = match self.own(requester, id).await? {
            OwnCarousel::Stored(carousel) => *carousel,
            OwnCarousel::Accepted { id, .. } => return Err(unfinished(&id)),
        };
        match carousel.state.outcome() {
            None if self.is_in_review(&carousel).await? => Ok(carousel),
            None => Err(unfinished(&carousel.id)),
            Some(outcome @ (Outcome::Failed | Outcome::Cancelled)) => {
                let id = &carousel.id;
                let words = format!("{id} has ended: {outcome}; there is nothing to change");
                Err(RequestFailure::WrongState(words))
            }
            Some(Outcome::Delivered | Outcome::Unknown) => Ok(carousel),
        }
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
