//! Broadcast activities of the persistence pool: open a broadcast, find its next recipients,
//! conclude it.

use std::sync::Arc;

use domain::{BroadcastId, TimeSlot, UserId, access::AccessList};
use events::Timestamp;
use storage::{
    Database, Reads, Tx,
    broadcasts::{self, Audience, NewBroadcast, Turn},
    users,
};
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError};
use workflows::contract::{
    self, BroadcastMessage, BroadcastProgress, ConcludeInput, FindRecipientsInput,
    OpenBroadcastInput, RecipientRecord, RecipientsFound,
};

use crate::{
    attempt::{Conditions, Errand},
    error::Error,
    fault::Moment,
};

pub struct Broadcasting {
    db: Database,
    access: AccessList,
    conditions: Conditions,
}

impl Broadcasting {
    /// `access` decides who may use the product.
    pub fn new(db: Database, access: AccessList, conditions: Conditions) -> Self {
        Self {
            db,
            access,
            conditions,
        }
    }

    /// Idempotent.
    async fn open(
        &self,
        errand: Errand,
        input: OpenBroadcastInput,
    ) -> Result<BroadcastProgress, Error> {
        let slot = TimeSlot::try_from(&input.slot).map_err(|e| Error::Input(e.to_string()))?;
        let new = &NewBroadcast {
            id: id(&input.broadcast)?,
            author: UserId::of_bot(slot.bot),
            bot: slot.bot,
            message: BroadcastMessage {
                thoughts: input.thoughts,
                ..BroadcastMessage::default()
            },
            audience: Audience::Slot(slot),
            access: self.access.clone(),
        };
        let at = Timestamp::from(errand.now());
        let create = |tx| async move { broadcasts::create(&tx, new, at).await };
        self.db.write(create).await?;
        errand.at(Moment::After).await?;
        progress(&self.db.read(), &new.id).await
    }

    async fn find(
        &self,
        errand: Errand,
        input: FindRecipientsInput,
    ) -> Result<RecipientsFound, Error> {
        let id = id(&input.broadcast)?;
        let at = Timestamp::from(errand.now());
        self.close(&input.closed, at).await?;
        let after = match input.after.as_str() {
            "" => None,
            after => Some(UserId::parse(after).map_err(|e| Error::Input(e.to_string()))?),
        };
        let reader = self.db.read();
        let waiting = broadcasts::waiting(&reader, &id, after.as_ref(), input.limit).await?;
        let record = |(user, chat): (UserId, domain::ChatId)| RecipientRecord {
            user: user.as_str().to_owned(),
            chat: chat.get(),
        };
        let found = RecipientsFound {
            recipients: waiting.into_iter().map(record).collect(),
            progress: progress(&reader, &id).await?,
        };
        errand.at(Moment::After).await?;
        Ok(found)
    }

    async fn conclude(
        &self,
        errand: Errand,
        input: ConcludeInput,
    ) -> Result<BroadcastProgress, Error> {
        let id = &id(&input.broadcast)?;
        let at = Timestamp::from(errand.now());
        self.close(&input.closed, at).await?;
        let conclude = |tx: Tx| async move {
            if broadcasts::conclude(&tx, id, at).await?.is_none() {
                broadcasts::turn(&tx, id, Turn::Cancel, at).await?;
            }
            Ok::<_, storage::Error>(())
        };
        self.db.write(conclude).await?;
        errand.at(Moment::After).await?;
        progress(&self.db.read(), id).await
    }

    /// Marks users as unreachable until they write to the bot again.
    async fn close(&self, closed: &[String], at: Timestamp) -> Result<(), Error> {
        for user in closed {
            let user = &UserId::parse(user).map_err(|e| Error::Input(e.to_string()))?;
            let close = |tx| async move {
                users::change(&tx, user, at, |profile| {
                    profile.unreachable_since.get_or_insert(at);
                })
                .await
            };
            self.db.write(close).await?;
        }
        Ok(())
    }
}

fn id(text: &str) -> Result<BroadcastId, Error> {
    BroadcastId::parse(text).map_err(|e| Error::Input(e.to_string()))
}

async fn progress(on: &impl Reads, id: &BroadcastId) -> Result<BroadcastProgress, Error> {
    let found = broadcasts::find::<BroadcastMessage>(on, id).await?;
    let found = found.ok_or_else(|| Error::Missing(format!("there is no broadcast {id}")))?;
    let tally = broadcasts::tally(on, id).await?;
    Ok(BroadcastProgress {
        state: found.state.name().to_owned(),
        sent: tally.sent,
        failed: tally.failed,
        closed: 0,
        unknown: tally.unknown,
        left: tally.pending + tally.sending,
    })
}

#[activities]
impl Broadcasting {
    #[activity(definition = contract::broadcasting::OpenBroadcast)]
    pub async fn open_broadcast(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: OpenBroadcastInput,
    ) -> Result<BroadcastProgress, ActivityError> {
        self.conditions
            .errand(&ctx, |errand| self.open(errand, input))
            .await
    }

    #[activity(definition = contract::broadcasting::FindRecipients)]
    pub async fn find_recipients(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: FindRecipientsInput,
    ) -> Result<RecipientsFound, ActivityError> {
        self.conditions
            .errand(&ctx, |errand| self.find(errand, input))
            .await
    }

    #[activity(definition = contract::broadcasting::ConcludeBroadcast)]
    pub async fn conclude_broadcast(
        self: Arc<Self>,
        ctx: ActivityContext,
        input: ConcludeInput,
    ) -> Result<BroadcastProgress, ActivityError> {
        self.conditions
            .errand(&ctx, |errand| self.conclude(errand, input))
            .await
    }
}
