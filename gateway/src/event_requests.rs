//! Carries out request events: each becomes exactly one workflow, or a refusal that its sender
//! understands.
//!
//! [`EventRequestHandler`] does so for one request, from the bus or from the HTTP API; [`RequestReader`] reads the bus. A
//! request may be handled again at any time, like every [request](crate::requests).

pub mod commands;
mod reader;

use bus::RedisBus;
use chrono::Utc;
use domain::{RequestSource, UserId};
use events::{
    EventContext, EventJournal, EventSource,
    orchestrator::EventRouted,
    request::{Request, RequestEvent, RequestEventError, RequestedChange},
};
use runtime::{
    metrics::ProcessMetrics,
    settings::{BusSettings, RequestSourceSettings, Settings},
    shutdown::Shutdown,
};
use storage::{api_tokens::ApiToken, outbox};
use tokio::task::JoinHandle;
use traces::{KeyValue, SpanBuilder, SpanKind};

use crate::{
    carousel_client::{CarouselOptions, ProviderChoice},
    requests::{
        OwnedBy, RequestFailure, RequestKey, RequestService, RequestedEdit, Requester,
        carousel_request_of, user_of_source,
    },
};

pub use reader::RequestReader;

/// Carries out request events. Cheap to clone.
#[derive(Clone)]
pub struct EventRequestHandler {
    service: RequestService,
    /// The `environment` attribute of events.
    environment: String,
}

/// A valid event and who sends it.
struct AcceptedEvent {
    event: RequestEvent,
    requester: Requester,
    key: RequestKey,
}

/// Starts a reader of the bus, if there is one; it ends after `shutdown` began. While Redis is away, it waits.
///
/// # Errors
/// If the address of the bus can't be used. The message is for the operator.
pub fn start(
    settings: &Settings,
    service: RequestService,
    metrics: &ProcessMetrics,
    shutdown: &Shutdown,
) -> anyhow::Result<Option<JoinHandle<()>>> {
    let Some(BusSettings { url, sources }) = &settings.bus else {
        return Ok(None);
    };
    let handler = EventRequestHandler::new(service, settings);
    let bus = RedisBus::new(url.expose())?;
    let (sampled, ours) = (bus.clone(), metrics.ours().clone());
    metrics.sample(move || reader::sample(sampled.clone(), ours.clone()));
    let (metrics, sources) = (metrics.ours().clone(), sources.clone());
    let reader = RequestReader { handler, sources, bus, metrics, shutdown: shutdown.clone() };
    Ok(Some(tokio::spawn(reader.run())))
}

impl EventRequestHandler {
    pub fn new(service: RequestService, settings: &Settings) -> Self {
        Self { service, environment: settings.environment.clone() }
    }

    /// Carries out a request from the bus, given as CloudEvents JSON, if its source is one of `sources`. Returns the id
    /// of the workflow that it reached. A request that was carried out before has no further effect.
    ///
    /// # Errors
    /// [`RequestFailure`].
    pub async fn handle(
        &self,
        sources: &[RequestSourceSettings],
        json: &str,
    ) -> Result<String, RequestFailure> {
        let event = RequestEvent::parse(json)?;
        let traceparent = event.traceparent.clone();
        let span = SpanBuilder::from_name("process requests")
            .with_kind(SpanKind::Consumer)
            .with_attributes([
                KeyValue::new("cloudevents.event_id", event.id.as_str().to_owned()),
                KeyValue::new("cloudevents.event_source", event.source.as_str().to_owned()),
            ]);
        traces::run_in_trace_of(traceparent.as_deref(), span, async {
            let handled = self.handle_event(sources, event).await;
            if let Err(failure) = &handled {
                let kind = if failure.is_final() { "refused" } else { "unavailable" };
                traces::set_attribute(KeyValue::new("error.type", kind));
            }
            handled
        })
        .await
    }

    async fn handle_event(
        &self,
        sources: &[RequestSourceSettings],
        event: RequestEvent,
    ) -> Result<String, RequestFailure> {
        let name = event.source.as_str();
        let source = sources.iter().find(|source| source.source == name).ok_or_else(|| {
            RequestFailure::Invalid(format!(
                "the source “{name}” is not known here: the operator lists sources in EVENT_SOURCES"
            ))
        })?;
        let requester = requester_of(source, event.user.as_deref())?;
        let key = RequestKey::new(RequestSource::Event, name, event.id.as_str())?;
        self.carry_out(&AcceptedEvent { event, requester, key }).await
    }

    /// Carries out an event that the holder of a token sends. Its source is a name among the owner's; it can't
    /// name the work of another owner.
    ///
    /// # Errors
    /// [`RequestFailure`].
    pub async fn handle_of(
        &self,
        token: &ApiToken,
        requester: Requester,
        event: RequestEvent,
    ) -> Result<String, RequestFailure> {
        // A space is in no source of the bus.
        let source = format!("{} {}", token.owner, event.source.as_str());
        let key = RequestKey::new(RequestSource::Event, &source, event.id.as_str())?;
        self.carry_out(&AcceptedEvent { event, requester, key }).await
    }

    /// Whether everything that a request needs answers.
    pub async fn is_available(&self) -> bool {
        self.service.is_available().await
    }

    async fn carry_out(&self, accepted: &AcceptedEvent) -> Result<String, RequestFailure> {
        let AcceptedEvent { event, requester, key } = accepted;
        let workflow = match &event.request {
            Request::Generate(wanted) => {
                let request = carousel_request_of(wanted)?;
                let writers = ProviderChoice::offline_if(wanted.offline);
                let options = CarouselOptions { cause: Some(event.id.clone()), ..writers.into() };
                let made = self.service.generate(requester, key, request, options).await?;
                made.id.as_str().to_owned()
            }
            Request::Cancel(cancel) => {
                let id = self.service.cancel(requester, &cancel.carousel).await?;
                id.as_str().to_owned()
            }
            Request::Revise(revise) => {
                let edit = edit_of(&revise.change);
                let (id, base) = (&revise.carousel, revise.revision);
                self.service.revise(requester, key, id, base, &edit).await?.workflow
            }
        };
        self.route(accepted, &workflow).await?;
        Ok(workflow)
    }

    /// Writes `event.routed`.
    async fn route(&self, accepted: &AcceptedEvent, workflow: &str) -> Result<(), RequestFailure> {
        let AcceptedEvent { event, requester, key } = accepted;
        let context = EventContext {
            correlation: key.name.clone(),
            environment: self.environment.clone(),
            subject: Some(workflow.to_owned()),
            user: Some(requester.user.as_str().to_owned()),
            request: Some(event.id.as_str().to_owned()),
            traceparent: traces::traceparent().or_else(|| event.traceparent.clone()),
            ..EventContext::default()
        };
        let (name, cause) = (key.name.as_str(), Some(event.id.clone()));
        let mut journal = EventJournal::for_request(name, EventSource::GATEWAY, context, cause);
        journal.record(
            Utc::now(),
            EventRouted {
                event_id: event.id.as_str().to_owned(),
                target_workflow_id: workflow.to_owned(),
            },
        );
        let events = journal.events().to_vec();
        Ok(outbox::append_alone(self.service.db.clone(), events).await?)
    }
}

fn requester_of(
    source: &RequestSourceSettings,
    user: Option<&str>,
) -> Result<Requester, domain::IdError> {
    let name = source.source.clone();
    let user: UserId = user_of_source(&name, user)?;
    Ok(Requester {
        user,
        owns: OwnedBy::Source(name.clone()),
        counted_as: name.clone(),
        name,
        per_day: source.per_day,
        chat: source.chat,
    })
}

fn edit_of(change: &RequestedChange) -> RequestedEdit {
    match change {
        RequestedChange::Rewrite => RequestedEdit::Rewrite,
        RequestedChange::Restyle { style } => RequestedEdit::Restyle { theme: style.clone() },
        RequestedChange::Instruct { instruction } => {
            RequestedEdit::Instruct { slide: None, instruction: instruction.clone() }
        }
    }
}

impl From<RequestEventError> for RequestFailure {
    fn from(error: RequestEventError) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl From<domain::IdError> for RequestFailure {
    fn from(error: domain::IdError) -> Self {
        Self::Invalid(error.to_string())
    }
}
