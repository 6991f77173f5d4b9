//! [`Journal`]: the events of one step, numbered and chained.

use crate::{Context, CoreEvent, Event, EventId, Origin, Timestamp};

/// Writes down what one step of a workflow, or one request outside a workflow, did. It numbers
/// the events and links each to the one before it, so that following the causes from any of them
/// reaches the first of its chain.
#[derive(Debug, Clone)]
pub struct Journal {
    scope: Scope,
    source: Origin,
    context: Context,
    cause: Option<EventId>,
    events: Vec<Event>,
}

/// What the ids are made from.
#[derive(Debug, Clone)]
enum Scope {
    Step { workflow: String, step: String },
    Request { request: String },
}

impl Journal {
    /// The journal of a workflow's step. `step` must not depend on the run. `cause` is the last
    /// event of what led here; `None` only at the beginning of everything.
    pub fn of_step(
        workflow: &str,
        step: &str,
        source: Origin,
        context: Context,
        cause: Option<EventId>,
    ) -> Self {
        let scope = Scope::Step {
            workflow: workflow.to_owned(),
            step: step.to_owned(),
        };
        Self::new(scope, source, context, cause)
    }

    /// The journal of an update or a request that no workflow handles.
    pub fn of_request(
        request: &str,
        source: Origin,
        context: Context,
        cause: Option<EventId>,
    ) -> Self {
        let scope = Scope::Request {
            request: request.to_owned(),
        };
        Self::new(scope, source, context, cause)
    }

    fn new(scope: Scope, source: Origin, context: Context, cause: Option<EventId>) -> Self {
        Self {
            scope,
            source,
            context,
            cause,
            events: Vec::new(),
        }
    }

    /// Writes down the next event; it happened at `time`. Gives its id.
    pub fn record(&mut self, time: Timestamp, data: impl Into<CoreEvent>) -> EventId {
        let data = data.into();
        let id = self.next_id(data.kind().name);
        let mut event = Event::new(
            id.clone(),
            self.source.clone(),
            time,
            self.context.clone(),
            data,
        );
        event.causation = self.cause.replace(id.clone());
        self.events.push(event);
        id
    }

    /// The event that the next one will name as its cause.
    pub fn cause(&self) -> Option<&EventId> {
        self.cause.as_ref()
    }

    /// What was written down, in order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Events of a step are numbered through; those of a request are numbered within their type,
    /// because there the type is part of the id.
    fn next_id(&self, kind: &str) -> EventId {
        let count = |of: &dyn Fn(&Event) -> bool| {
            let before = self.events.iter().filter(|event| of(event)).count();
            u32::try_from(before).expect("no step writes four billion events")
        };
        match &self.scope {
            Scope::Step { workflow, step } => {
                EventId::in_workflow(workflow, step, count(&|_| true))
            }
            Scope::Request { request } => {
                let same = count(&|event| event.kind() == kind);
                EventId::outside(self.source.as_str(), request, kind, same)
            }
        }
    }
}
