//! [`EventJournal`]: collects the events of one step, numbered and linked by cause.

use crate::{CoreEvent, Event, EventContext, EventId, EventSource, Timestamp};

/// Collects the events of one step of a workflow, or of one request outside workflows. It numbers
/// the events and sets each one's cause to the event before it, so that the causes lead back to the
/// first event of the chain.
#[derive(Debug, Clone)]
pub struct EventJournal {
    scope: Scope,
    source: EventSource,
    context: EventContext,
    cause: Option<EventId>,
    events: Vec<Event>,
}

/// The inputs of the event ids.
#[derive(Debug, Clone)]
enum Scope {
    Step { workflow: String, step: String },
    Request { request: String },
}

impl EventJournal {
    /// The journal of a workflow's step. `step` must not depend on the run. `cause` is the last
    /// event of the previous step; `None` for the first step.
    pub fn for_step(
        workflow: &str,
        step: &str,
        source: EventSource,
        context: EventContext,
        cause: Option<EventId>,
    ) -> Self {
        let scope = Scope::Step { workflow: workflow.to_owned(), step: step.to_owned() };
        Self::new(scope, source, context, cause)
    }

    /// The journal of an update or a request that no workflow handles.
    pub fn for_request(
        request: &str,
        source: EventSource,
        context: EventContext,
        cause: Option<EventId>,
    ) -> Self {
        let scope = Scope::Request { request: request.to_owned() };
        Self::new(scope, source, context, cause)
    }

    fn new(
        scope: Scope,
        source: EventSource,
        context: EventContext,
        cause: Option<EventId>,
    ) -> Self {
        Self { scope, source, context, cause, events: Vec::new() }
    }

    /// Adds an event that happened at `time`. Returns its id.
    pub fn record(&mut self, time: Timestamp, data: impl Into<CoreEvent>) -> EventId {
        let data = data.into();
        let id = self.next_id(data.kind().name);
        let mut event =
            Event::new(id.clone(), self.source.clone(), time, self.context.clone(), data);
        event.causation = self.cause.replace(id.clone());
        self.events.push(event);
        id
    }

    /// The cause of the next event.
    pub fn cause(&self) -> Option<&EventId> {
        self.cause.as_ref()
    }

    /// The recorded events, in order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Events of a step are numbered consecutively. Events of a request are numbered per type,
    /// because the type is part of their id.
    fn next_id(&self, kind: &str) -> EventId {
        let count = |of: &dyn Fn(&Event) -> bool| {
            let before = self.events.iter().filter(|event| of(event)).count();
            u32::try_from(before).expect("a step writes fewer than 2^32 events")
        };
        match &self.scope {
            Scope::Step { workflow, step } => EventId::for_step(workflow, step, count(&|_| true)),
            Scope::Request { request } => {
                let same = count(&|event| event.kind() == kind);
                EventId::for_request(self.source.as_str(), request, kind, same)
            }
        }
    }
}
