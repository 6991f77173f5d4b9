//! A broadcast to one of its recipients: claimed, sent once, and what became of it recorded by the
//! attempt that claimed it, as a part of a carousel is.

use std::sync::Arc;

use ::telegram::{Chat, Fault, Html, Keyboard, Meaning};
use domain::{Attempt, BroadcastId, Outcome, UserId, delivery::State};
use events::Timestamp;
use storage::{
    Database,
    broadcasts::{self, RecordError},
    ledger::Report,
};
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use uuid::Uuid;
use workflows::contract::{self, BroadcastMessage, Cast, CastInput};

use super::{
    ledger::patiently,
    telegram::{MaybePost, no_bot, report},
};
use crate::{
    attempt::{Conditions, Errand},
    error::Error,
    fault::Moment,
};

/// The activities of the delivery pool around broadcasts.
pub struct Casting {
    post: MaybePost,
    db: Database,
    conditions: Conditions,
}

impl Casting {
    pub(super) fn new(post: MaybePost, db: Database, conditions: Conditions) -> Self {
        Self {
            post,
            db,
            conditions,
        }
    }

    async fn send(&self, errand: Errand, input: CastInput) -> Result<Cast, Error> {
        let post = self.post.as_deref().ok_or_else(no_bot)?;
        let wrong = |error: domain::IdError| Error::Input(error.to_string());
        let id = &BroadcastId::parse(&input.broadcast).map_err(wrong)?;
        let user = &UserId::parse(&input.recipient.user).map_err(wrong)?;
        let found = broadcasts::find::<BroadcastMessage>(&self.db.read(), id).await?;
        let found = found.ok_or_else(|| Error::Missing(format!("there is no broadcast {id}")))?;
        let text = Html::text(&found.message.text);
        post.turn(&errand, 1).await?;
        let by = &Attempt::parse(&Uuid::now_v7().to_string()).map_err(wrong)?;
        let at = Timestamp::from(errand.now());
        let claim = |tx| async move { broadcasts::claim_one(&tx, id, user, by, at).await };
        let Some(claimed) = self.db.write(claim).await? else {
            return Ok(Cast::default());
        };
        if !claimed.delivery.belongs_to(by) {
            return told(claimed.delivery.state());
        }
        let chat = Chat {
            id: claimed.chat.get(),
            thread: None,
        };
        let answer = post
            .bot()
            .send_text(chat, &text, &Keyboard::default())
            .await;
        errand.at(Moment::After).await?;
        let (report, fault) = report(answer.map(|sent| vec![sent]));
        self.record(&errand, id, user, by, &report).await?;
        fault.map_or(Ok(cast(Outcome::Delivered)), |fault| after(&fault))
    }

    async fn record(
        &self,
        errand: &Errand,
        id: &BroadcastId,
        user: &UserId,
        by: &Attempt,
        report: &Report,
    ) -> Result<(), Error> {
        patiently(|| async move {
            let at = Timestamp::from(errand.now());
            let record =
                |tx| async move { broadcasts::record(&tx, id, user, by, report, at).await };
            match self.db.write(record).await {
                Ok(_) => Ok(()),
                Err(RecordError::Refused { refusal, .. }) => Err(Error::Input(refusal.to_string())),
                Err(RecordError::Storage(error)) => Err(error.into()),
            }
        })
        .await
    }
}

fn cast(outcome: Outcome) -> Cast {
    Cast {
        outcome: outcome.name().to_owned(),
        closed: false,
    }
}

/// What the workflow is told of a fault; one that passes is tried again.
fn after(fault: &Fault) -> Result<Cast, Error> {
    match fault.means() {
        Meaning::Unknown => Ok(cast(Outcome::Unknown)),
        Meaning::Never => Ok(Cast {
            closed: Fault::closed_in(&fault.to_string()),
            ..cast(Outcome::Failed)
        }),
        Meaning::NotYet => Err(Error::Unavailable {
            reason: fault.to_string(),
            retry_after: match fault {
                Fault::Wait(delay) => Some(*delay),
                _ => None,
            },
        }),
    }
}

/// How it ended before.
fn told(state: &State) -> Result<Cast, Error> {
    match state {
        State::Sent { .. } => Ok(cast(Outcome::Delivered)),
        State::Unknown { .. } => Ok(cast(Outcome::Unknown)),
        State::Failed { reason, .. } => Ok(Cast {
            closed: Fault::closed_in(reason),
            ..cast(Outcome::Failed)
        }),
        State::Pending { .. } | State::Sending { .. } => Err(Error::Unavailable {
            reason: "it is being sent by somebody else".to_owned(),
            retry_after: None,
        }),
    }
}

#[activities]
impl Casting {
    #[activity(definition = contract::casting::SendBroadcast)]
    pub async fn send_broadcast(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: CastInput,
    ) -> Result<Cast, ActivityError> {
        self.conditions
            .errand(&ctx, |errand| self.send(errand, input))
            .await
    }
}
