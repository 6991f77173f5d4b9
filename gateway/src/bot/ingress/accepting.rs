//! Updates that come one at a time and do not come again once they were taken: those of a webhook.
//! One is taken when its decision is stored. Decisions whose gateway died are gone on with by another.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use domain::UpdateId;
use storage::{
    ingress::{self as rows, DecideError, Standing},
    leases::{self, Acquired},
    users,
};
use telegram::types::Update;

use super::{Ingress, Undecided, arrival, user_id};
use crate::bot::{
    hear::{self, Heard},
    stored::Stored,
};

/// How long an update waits for those before it in its chat, and for the database. Less than
/// Telegram waits for an answer; it sends again what was not taken.
const PATIENCE: Duration = Duration::from_secs(10);

/// The pause between two looks at whose turn it is.
const TURN: Duration = Duration::from_millis(100);

/// How old a decision is that nobody has carried out, when its gateway counts as dead. Longer than a
/// question waits for its answer.
const ORPHANED: TimeDelta = TimeDelta::seconds(130);

/// The pause between two looks for such.
const LOOK: Duration = Duration::from_secs(5);

/// How long one gateway looks while others don't.
const LEASE: TimeDelta = TimeDelta::seconds(30);

/// Decisions that are gone on with together.
const TOGETHER: u32 = 100;

/// Why an update was not taken: it has to be sent again.
#[derive(Debug, thiserror::Error)]
pub enum Unaccepted {
    /// It is not its turn, or the database does not answer.
    #[error("not within {} s", PATIENCE.as_secs())]
    Slow,
    /// The database.
    #[error("{0}")]
    Storage(String),
}

impl Ingress {
    /// Stores what this update asks for, then sees to it. One that comes again is taken at once.
    ///
    /// # Errors
    /// [`Unaccepted`]; nothing is promised then.
    pub async fn accept(&self, update: Update) -> Result<(), Unaccepted> {
        let taken = tokio::time::timeout(PATIENCE, self.accept_in_turn(update));
        taken.await.unwrap_or(Err(Unaccepted::Slow))
    }

    async fn accept_in_turn(&self, update: Update) -> Result<(), Unaccepted> {
        let storage = |error: &dyn std::fmt::Display| Unaccepted::Storage(error.to_string());
        let arrival = arrival(&update);
        let Some(heard) = hear::hear(&update, &self.inner.desk.name) else {
            let passed = self.pass_over(arrival).await;
            return passed.map_err(|error| storage(&error));
        };
        loop {
            match self.decide(arrival, &heard, Utc::now()).await {
                Ok(Some(decided)) => {
                    // Whoever stored it sees to it; should they die, it is an orphan.
                    if decided.fresh {
                        let command = Stored::new(decided.command, &heard);
                        self.carry_on(heard, command);
                    }
                    return Ok(());
                }
                Ok(None) => return Ok(()),
                Err(Undecided::Decide(DecideError::OutOfTurn { .. })) => {
                    tokio::time::sleep(TURN).await;
                }
                Err(Undecided::Storage(error @ storage::Error::Corrupt { .. })) => {
                    let reason = error.to_string();
                    return self.bury(arrival, &reason).await.map_err(|e| storage(&e));
                }
                Err(error) => return Err(storage(&error)),
            }
        }
    }

    /// Writes down that something came that is no update, under its number or one that follows from
    /// its bytes: it would be sent for ever if it were refused.
    ///
    /// # Errors
    /// [`Unaccepted`].
    pub async fn accept_garbage(&self, body: &[u8]) -> Result<(), Unaccepted> {
        let json: Option<serde_json::Value> = serde_json::from_slice(body).ok();
        let number = json.and_then(|json| json["update_id"].as_i64());
        let number = number.unwrap_or_else(|| {
            // FNV-1a. Below zero, where Telegram's own numbers are not.
            let fnv = body.iter().fold(0x811c_9dc5_u32, |hash, byte| {
                (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
            });
            -1 - i64::from(fnv)
        });
        let arrival = rows::Arrival {
            update: UpdateId::new(number),
            chat: None,
        };
        let buried = tokio::time::timeout(PATIENCE, self.bury(arrival, "it is no update"));
        match buried.await {
            Ok(buried) => buried.map_err(|error| Unaccepted::Storage(error.to_string())),
            Err(_) => Err(Unaccepted::Slow),
        }
    }

    /// Sees to a decision that is stored, unless it is seen to here already.
    fn carry_on(&self, heard: Heard, stored: Stored) {
        let Ok(number) = u32::try_from(heard.update.get()) else {
            return;
        };
        {
            let mut lanes = self.inner.lanes.lock().expect("nothing panics in here");
            if !lanes.here.insert(number) {
                return;
            }
        }
        let ingress = self.clone();
        tokio::spawn(async move {
            let attempt = || ingress.carry_out_stored(&heard, &stored);
            ingress.persist(number, attempt).await;
            let mut lanes = ingress.inner.lanes.lock().expect("nothing panics in here");
            lanes.here.remove(&number);
        });
    }

    async fn carry_out_stored(&self, heard: &Heard, stored: &Stored) -> Result<(), super::Setback> {
        let user = users::find(&self.db().read(), &user_id(heard.from)?).await?;
        // Whoever was heard was met.
        let Some(user) = user else { return Ok(()) };
        let arrival = rows::Arrival {
            update: heard.update,
            chat: Some(domain::ChatId::new(heard.chat.id)),
        };
        self.carry_out(arrival, heard, &stored.command, &user, Utc::now())
            .await
    }

    /// Goes on, until the end, with decisions whose gateway died. `lease` is what makes this gateway
    /// the one to do so, and `holder` this gateway; where somebody else takes care of the lease it is
    /// only looked at.
    pub async fn adopt(&self, lease: &str, holder: &str, own: bool) {
        loop {
            match self.look_for_orphans(lease, holder, own).await {
                Ok(0) => {}
                Ok(found) => tracing::warn!(found, "going on with what another gateway left"),
                Err(error) => tracing::warn!("nobody looks for what was left: {error}"),
            }
            tokio::select! {
                () = self.inner.shutdown.begun() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    async fn look_for_orphans(
        &self,
        lease: &str,
        holder: &str,
        own: bool,
    ) -> Result<usize, storage::Error> {
        let now = Utc::now();
        let ours = if own {
            let ask = |tx| async move { leases::acquire(&tx, lease, holder, now, LEASE).await };
            matches!(self.db().write(ask).await?, Acquired::Ours(_))
        } else {
            let found = leases::find(&self.db().read(), lease).await?;
            found.is_some_and(|found| found.holder == holder)
        };
        if !ours {
            return Ok(0);
        }
        let left = rows::unfinished::<Stored>(&self.db().read(), self.bot_id(), TOGETHER).await?;
        let mut found = 0;
        for decision in left.rows {
            let Standing::Decided(stored) = decision.standing else {
                continue;
            };
            let old = now - decision.received_at >= ORPHANED;
            if let Some(heard) = stored.heard(decision.update).filter(|_| old) {
                self.carry_on(heard, stored);
                found += 1;
            }
        }
        Ok(found)
    }
}
