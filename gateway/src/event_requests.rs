//! Carries out request events: each becomes exactly one workflow, or a refusal in words that its sender
//! understands.
//!
//! [`RequestHandler`] does so for one request, however it arrived; [`RequestReader`] reads them from the bus. A request
//! may be handled again at any time: its workflow, its admission and its event have names that are derived from
//! its source and id.

pub mod commands;
mod reader;

use std::str::FromStr;

use bus::RedisBus;
use chrono::Utc;
use domain::{
    CarouselId, ChatId, ContentLanguage, Format, ImageKind, Language, RequestSource, SlideCount,
    ThemeId, UserId,
};
use events::{
    EventContext, EventId, EventJournal, EventSource,
    orchestrator::EventRouted,
    request::{
        GenerateRequest, Request, RequestEvent, RequestEventError, RequestedChange, ReviseRequest,
    },
};
use render::{Renderer, RendererConfig};
use runtime::{
    metrics::ProcessMetrics,
    settings::{BusSettings, RequestSourceSettings, Settings},
    shutdown::Shutdown,
};
use sha2::{Digest as _, Sha256};
use storage::{
    Blobs, Database, DatabaseRole,
    carousels::{self, Carousel},
    event_requests::{self, EventAdmission, EventRequest},
    outbox,
};
use temporalio_client::Client;
use tokio::task::JoinHandle;
use traces::{KeyValue, SpanBuilder, SpanKind};
use workflows::{
    destination::DestinationRecord,
    edit::{EditKind, EditRecord},
};

use crate::{
    carousel_client::{CancelResult, CarouselClient, CarouselOptions, ProviderChoice},
    carousel_request::{self, CarouselRequest, CarouselSource, RequestRefusal},
};

pub use reader::RequestReader;

/// Everything that carrying out a request needs.
pub struct RequestHandler {
    db: Database,
    blobs: Blobs,
    renderer: Renderer,
    carousels: CarouselClient,
    /// Who may send requests.
    sources: Vec<RequestSourceSettings>,
    /// The `environment` attribute of events.
    environment: String,
}

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum RequestFailure {
    /// It never will be; the words are for its sender.
    #[error("{0}")]
    Refused(String),
    /// Something that it needs does not answer.
    #[error("{0}")]
    Unavailable(String),
}

/// A valid request of a source that may send it.
struct AcceptedRequest<'h> {
    event: RequestEvent,
    source: &'h RequestSourceSettings,
    names: RequestNames,
}

/// The names that a request gives to its work. They contain a digest of the source, so that no source can name the
/// work of another one, or act as a person on Telegram.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RequestNames {
    carousel: CarouselId,
    user: UserId,
    /// The correlation id of the request's own event.
    request: String,
}

/// Starts a reader of the bus, if there is one; it ends after `shutdown` began. While Redis is away, it waits.
///
/// # Errors
/// If the database or the blob store can't be opened, or fonts are missing. The message is for the operator.
pub async fn start(
    settings: &Settings,
    client: Client,
    metrics: &ProcessMetrics,
    shutdown: &Shutdown,
) -> anyhow::Result<Option<JoinHandle<()>>> {
    let Some(bus) = &settings.bus else {
        return Ok(None);
    };
    let handler = RequestHandler::open(settings, bus, client, metrics).await?;
    let bus = RedisBus::new(bus.url.expose())?;
    let (sampled, ours) = (bus.clone(), metrics.ours().clone());
    metrics.sample(move || reader::sample(sampled.clone(), ours.clone()));
    let metrics = metrics.ours().clone();
    let reader = RequestReader { handler, bus, metrics, shutdown: shutdown.clone() };
    Ok(Some(tokio::spawn(reader.run())))
}

impl RequestHandler {
    /// Opens what it needs.
    ///
    /// # Errors
    /// Like [`start`].
    pub async fn open(
        settings: &Settings,
        bus: &BusSettings,
        client: Client,
        metrics: &ProcessMetrics,
    ) -> anyhow::Result<Self> {
        storage::private_files::make_folder_private(&settings.data.dir, "DATA_DIR")?;
        let url = settings.data.database_url.expose();
        let options = storage::DatabaseOptions::of(DatabaseRole::Gateway);
        let db = Database::open(url, &options).await?;
        Ok(Self {
            db: db.measured_by(metrics.ours().clone(), "requests"),
            blobs: carousel_request::blobs(settings)?,
            renderer: Renderer::new(&RendererConfig {
                font_dir: settings.render.font_dir.clone(),
                ..RendererConfig::default()
            })?,
            carousels: CarouselClient::new(client),
            sources: bus.sources.clone(),
            environment: settings.environment.clone(),
        })
    }

    /// Carries out a request, given as CloudEvents JSON. Returns the id of the workflow that it reached. A request
    /// that was carried out before has no further effect.
    ///
    /// # Errors
    /// [`RequestFailure`].
    pub async fn handle(&self, json: &str) -> Result<String, RequestFailure> {
        let event = RequestEvent::parse(json)?;
        let traceparent = event.traceparent.clone();
        let span = SpanBuilder::from_name("process requests")
            .with_kind(SpanKind::Consumer)
            .with_attributes([
                KeyValue::new("cloudevents.event_id", event.id.as_str().to_owned()),
                KeyValue::new("cloudevents.event_source", event.source.as_str().to_owned()),
            ]);
        traces::run_in_trace_of(traceparent.as_deref(), span, async {
            let handled = self.handle_event(event).await;
            if let Err(failure) = &handled {
                let kind = match failure {
                    RequestFailure::Refused(_) => "refused",
                    RequestFailure::Unavailable(_) => "unavailable",
                };
                traces::set_attribute(KeyValue::new("error.type", kind));
            }
            handled
        })
        .await
    }

    async fn handle_event(&self, event: RequestEvent) -> Result<String, RequestFailure> {
        let accepted = self.accept(event)?;
        match &accepted.event.request {
            Request::Generate(wanted) => self.generate(&accepted, wanted).await,
            Request::Cancel(cancel) => self.cancel(&accepted, &cancel.carousel).await,
            Request::Revise(revise) => self.revise(&accepted, revise).await,
        }
    }

    /// Whether everything that a request needs answers.
    pub async fn is_available(&self) -> bool {
        let (database, blobs, temporal) =
            tokio::join!(self.db.ping(), self.blobs.ping(), self.carousels.ping());
        database.is_ok() && blobs.is_ok() && temporal.is_ok()
    }

    fn accept(&self, event: RequestEvent) -> Result<AcceptedRequest<'_>, RequestFailure> {
        let name = event.source.as_str();
        let source = self.sources.iter().find(|source| source.source == name);
        let source = source.ok_or_else(|| {
            refused(format!(
                "the source “{name}” is not known here: the operator lists sources in EVENT_SOURCES"
            ))
        })?;
        let names = RequestNames::of(&event).map_err(|error| refused(error.to_string()))?;
        Ok(AcceptedRequest { event, source, names })
    }

    async fn generate(
        &self,
        accepted: &AcceptedRequest<'_>,
        wanted: &GenerateRequest,
    ) -> Result<String, RequestFailure> {
        let AcceptedRequest { event, source, names } = accepted;
        let brief = carousel_request_of(wanted)?.validate(&self.renderer, &self.blobs).await?;
        let workflow = names.carousel.as_str();
        self.admit(accepted, workflow).await?;
        let destination = match source.chat {
            Some(chat) => {
                DestinationRecord::telegram(ChatId::new(chat), None, brief.language.interface())
            }
            None => DestinationRecord::folder(workflow),
        };
        let options = CarouselOptions {
            cause: Some(event.id.clone()),
            ..ProviderChoice::offline_if(wanted.offline).into()
        };
        let user = &names.user;
        self.carousels
            .start_with(options, &names.carousel, user, &brief, destination)
            .await
            .map_err(unavailable)?;
        self.route(accepted, workflow).await
    }

    async fn cancel(
        &self,
        accepted: &AcceptedRequest<'_>,
        carousel: &str,
    ) -> Result<String, RequestFailure> {
        let carousel = self.own_carousel(accepted, carousel).await?;
        let id = &carousel.id;
        let why = format!("cancelled by a request of {}", accepted.source.source);
        match self.carousels.cancel(id, &why).await.map_err(unavailable)? {
            CancelResult::Done | CancelResult::Requested => self.route(accepted, id.as_str()).await,
            // The same request, delivered again.
            CancelResult::AlreadyEnded(how) if how == "cancelled" || how == "canceled" => {
                self.route(accepted, id.as_str()).await
            }
            CancelResult::TooLate => Err(refused(format!("{id} is being delivered, or was"))),
            CancelResult::AlreadyEnded(how) => Err(refused(format!("{id} has ended: {how}"))),
        }
    }

    async fn revise(
        &self,
        accepted: &AcceptedRequest<'_>,
        revise: &ReviseRequest,
    ) -> Result<String, RequestFailure> {
        let carousel = self.own_carousel(accepted, &revise.carousel).await?;
        let id = &carousel.id;
        if carousel.state.is_open() {
            return Err(refused(format!("{id} is not finished: revise it once it is delivered")));
        }
        let change = self.change(&revise.change)?;
        let workflow = format!("revise-{id}");
        self.admit(accepted, &workflow).await?;
        let destination = match accepted.source.chat {
            Some(chat) => {
                let language = carousel.brief.language.parse::<ContentLanguage>();
                let language = language.map_or(Language::En, |language| language.interface());
                DestinationRecord::telegram(ChatId::new(chat), None, language)
            }
            None => DestinationRecord::folder(id.as_str()),
        };
        let change = EditRecord {
            intent: accepted.names.request.clone(),
            base: revise.revision,
            destination,
            ..change
        };
        let topic = &carousel.brief.topic;
        let user = &accepted.names.user;
        self.carousels.edit(id, user, topic, change).await.map_err(unavailable)?;
        self.route(accepted, &workflow).await
    }

    fn change(&self, change: &RequestedChange) -> Result<EditRecord, RequestFailure> {
        let empty = EditRecord::default();
        Ok(match change {
            RequestedChange::Rewrite => EditRecord { change: Some(EditKind::Rewrite), ..empty },
            RequestedChange::Restyle { style } => {
                let theme = theme(style)?;
                if !self.renderer.themes().any(|known| *known == theme) {
                    return Err(refused(format!("there is no theme “{style}”")));
                }
                let theme = theme.as_str().to_owned();
                EditRecord { change: Some(EditKind::Restyle), theme, ..empty }
            }
            RequestedChange::Instruct { instruction } => {
                let words: Vec<&str> = instruction.split_whitespace().collect();
                let instruction = words.join(" ");
                if instruction.is_empty()
                    || instruction.chars().count() > domain::limits::INSTRUCTION_CHARS
                {
                    return Err(refused("an instruction has 1 to 500 characters".to_owned()));
                }
                EditRecord { change: Some(EditKind::Instruct), instruction, ..empty }
            }
        })
    }

    /// A carousel that the same source asked for. For every other carousel the answer is the same as for none.
    async fn own_carousel(
        &self,
        accepted: &AcceptedRequest<'_>,
        id: &str,
    ) -> Result<Carousel, RequestFailure> {
        let none = || refused(format!("{} has no carousel “{id}”", accepted.source.source));
        let id = CarouselId::parse(id).map_err(|_| none())?;
        let found = carousels::find(&self.db.read(), &id).await.map_err(unavailable)?;
        let source = accepted.event.source.as_str();
        found.filter(|carousel| is_user_of(source, &carousel.user)).ok_or_else(none)
    }

    /// Counts the request against its source's quota, once.
    async fn admit(
        &self,
        accepted: &AcceptedRequest<'_>,
        workflow: &str,
    ) -> Result<(), RequestFailure> {
        let request = &EventRequest {
            name: &accepted.names.request,
            source: &accepted.event.source,
            user: &accepted.names.user,
            workflow,
            at: Utc::now(),
        };
        let per_day = accepted.source.per_day;
        let admit = |tx| async move { event_requests::admit(&tx, request, per_day).await };
        match self.db.write(admit).await.map_err(unavailable)? {
            EventAdmission::Admitted => Ok(()),
            EventAdmission::OverQuota => Err(refused(format!(
                "the source “{}” has used its {per_day} requests of today (UTC)",
                accepted.source.source
            ))),
        }
    }

    /// Writes `event.routed`.
    async fn route(
        &self,
        accepted: &AcceptedRequest<'_>,
        workflow: &str,
    ) -> Result<String, RequestFailure> {
        let AcceptedRequest { event, names, .. } = accepted;
        let context = EventContext {
            correlation: names.request.clone(),
            environment: self.environment.clone(),
            subject: Some(workflow.to_owned()),
            user: Some(names.user.as_str().to_owned()),
            request: Some(event.id.as_str().to_owned()),
            traceparent: traces::traceparent().or_else(|| event.traceparent.clone()),
            ..EventContext::default()
        };
        let (name, cause) = (names.request.as_str(), Some(event.id.clone()));
        let mut journal = EventJournal::for_request(name, EventSource::GATEWAY, context, cause);
        journal.record(
            Utc::now(),
            EventRouted {
                event_id: event.id.as_str().to_owned(),
                target_workflow_id: workflow.to_owned(),
            },
        );
        outbox::append_alone(self.db.clone(), journal.events().to_vec())
            .await
            .map_err(unavailable)?;
        Ok(workflow.to_owned())
    }
}

impl RequestNames {
    fn of(event: &RequestEvent) -> Result<Self, domain::IdError> {
        let source = event.source.as_str();
        let key = format!("{}-{}", digest(source), id_part(&event.id));
        Ok(Self {
            carousel: CarouselId::new(RequestSource::Event, &key)?,
            user: user_of(source, event.user.as_deref())?,
            request: format!("request-{key}"),
        })
    }
}

/// The user of a source's work: `event-<digest of the source>[-<its userid>]`.
fn user_of(source: &str, user: Option<&str>) -> Result<UserId, domain::IdError> {
    let source = digest(source);
    UserId::parse(&match user {
        Some(user) => format!("event-{source}-{user}"),
        None => format!("event-{source}"),
    })
}

/// Whether `source` asked for the work of `user`.
pub(crate) fn is_user_of(source: &str, user: &UserId) -> bool {
    let rest = user.as_str().strip_prefix("event-").and_then(|id| id.strip_prefix(&digest(source)));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// The event's id, if it can be a part of an id of ours; otherwise its digest.
fn id_part(id: &EventId) -> String {
    let id = id.as_str();
    let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
    if id.len() <= 100 && id.bytes().all(allowed) {
        id.to_owned()
    } else {
        format!("sha256-{}", hex(&Sha256::digest(id)))
    }
}

/// The first 64 bits of the SHA-256, in hexadecimal.
fn digest(source: &str) -> String {
    hex(&Sha256::digest(source)[..8])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn carousel_request_of(wanted: &GenerateRequest) -> Result<CarouselRequest, RequestFailure> {
    let GenerateRequest { topic, text, link, .. } = wanted;
    let usual = match (topic, text, link) {
        (_, Some(text), _) => CarouselRequest::of(CarouselSource::Text(text.clone())),
        (_, _, Some(link)) => CarouselRequest::of(CarouselSource::Link(link.clone())),
        (topic, ..) => CarouselRequest::about(topic.clone().unwrap_or_default()),
    };
    let style = wanted.style.as_deref();
    let slides = wanted.slides.map(SlideCount::new).transpose();
    Ok(CarouselRequest {
        language: parsed::<ContentLanguage>(wanted.language.as_deref())?,
        slides: slides.map_err(|error| refused(error.to_string()))?.unwrap_or(usual.slides),
        theme: style.map(theme).transpose()?.unwrap_or_else(|| usual.theme.clone()),
        format: parsed::<Format>(wanted.format.as_deref())?.unwrap_or(usual.format),
        image: parsed::<ImageKind>(wanted.image.as_deref())?.unwrap_or(usual.image),
        questions: wanted.questions,
        ..usual
    })
}

fn theme(style: &str) -> Result<ThemeId, RequestFailure> {
    ThemeId::parse(style).map_err(|error| refused(error.to_string()))
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(
    text: Option<&str>,
) -> Result<Option<T>, RequestFailure> {
    text.map(str::parse).transpose().map_err(|error: T::Err| refused(error.to_string()))
}

const fn refused(words: String) -> RequestFailure {
    RequestFailure::Refused(words)
}

fn unavailable(error: impl std::fmt::Display) -> RequestFailure {
    RequestFailure::Unavailable(error.to_string())
}

impl From<RequestEventError> for RequestFailure {
    fn from(error: RequestEventError) -> Self {
        refused(error.to_string())
    }
}

impl From<RequestRefusal> for RequestFailure {
    fn from(refusal: RequestRefusal) -> Self {
        match refusal {
            RequestRefusal::Storage(error) => unavailable(error),
            other => refused(other.to_string()),
        }
    }
}
