//! One message to many, for administrators: shown first, sent when they say so, let rest, gone on
//! with, called off. What it says is in the decision about the update that asked for it.

use chrono::Utc;
use domain::{BroadcastId, UpdateId};
use storage::{
    broadcasts::{self, NewBroadcast, Turn},
    ingress::{self, Standing},
};
use telegram::{
    Html, Keyboard, Phrase,
    limits::MESSAGE_CHARS,
    talk::{Press, button},
};
use temporalio_client::{
    WorkflowIdConflictPolicy, WorkflowIdReusePolicy, WorkflowSignalOptions, WorkflowStartOptions,
    errors::{WorkflowInteractionError, WorkflowStartError},
};
use workflows::{
    BroadcastWorkflow, broadcast,
    contract::{BroadcastInput, BroadcastMessage},
    queues, story,
};

use super::{Task, Trouble};
use crate::bot::{command::Command, outreach::Outreach, say::Said};

impl Task<'_> {
    pub(super) async fn broadcast(&self, what: &Outreach) -> Result<(), Trouble> {
        match what {
            Outreach::Preview { text } => self.preview(text).await,
            Outreach::Send { update } => self.cast(*update).await,
            Outreach::Drop { .. } => {
                let dropped = Phrase::BroadcastDropped.html(self.language);
                self.show(dropped.into()).await
            }
            Outreach::Pause { update } => self.turn_broadcast(*update, Turn::Pause).await,
            Outreach::Resume { update } => self.turn_broadcast(*update, Turn::Resume).await,
            Outreach::Stop { update } => self.turn_broadcast(*update, Turn::Cancel).await,
        }
    }

    /// As everybody will see it, and how many that are.
    async fn preview(&self, text: &str) -> Result<(), Trouble> {
        if text.is_empty() {
            return self.reply(Phrase::BroadcastHelp).await;
        }
        let words = Html::text(text);
        let chars = words.chars();
        if chars > MESSAGE_CHARS {
            let (chars, max) = (chars as u64, MESSAGE_CHARS as u64);
            return self.reply(Phrase::TextTooLong { chars, max }).await;
        }
        self.send(words.into()).await?;
        let people = broadcasts::audience(&self.desk.db.read(), None).await?;
        let update = self.heard.update.get();
        let keyboard = self.buttons([
            (Phrase::ButtonSend, "send", update),
            (Phrase::ButtonDrop, "drop", update),
        ]);
        let text = Phrase::BroadcastAsk { people }.html(self.language);
        self.send(Said { text, keyboard }).await
    }

    /// Writes down who gets it, and starts it. Twice is once.
    async fn cast(&self, update: i64) -> Result<(), Trouble> {
        let reader = self.desk.db.read();
        let asked = ingress::find::<Command>(&reader, self.desk.id, UpdateId::new(update)).await?;
        let Some(Standing::Decided(command) | Standing::Done(command)) =
            asked.map(|asked| asked.standing)
        else {
            return self.reply(Phrase::StaleButton).await;
        };
        let Command::Broadcast {
            what: Outreach::Preview { text },
        } = command
        else {
            return self.reply(Phrase::StaleButton).await;
        };
        let new = &NewBroadcast {
            id: self.broadcast_id(update)?,
            author: self.user.clone(),
            bot: self.desk.id,
            message: BroadcastMessage { text },
            language: None,
        };
        let at = Utc::now();
        let create = |tx| async move { broadcasts::create(&tx, new, at).await };
        let stored = self.desk.db.write(create).await?;
        if stored.value.state == broadcasts::State::Sending {
            self.start_broadcast(&new.id, &new.message).await?;
        }
        self.show_broadcast(update, stored.value.state).await
    }

    async fn start_broadcast(
        &self,
        id: &BroadcastId,
        message: &BroadcastMessage,
    ) -> Result<(), Trouble> {
        let input = BroadcastInput {
            broadcast: id.as_str().to_owned(),
            author: self.user.as_str().to_owned(),
            report_to: self.destination(),
            ..BroadcastInput::default()
        };
        let options =
            WorkflowStartOptions::new(queues::CAROUSEL, broadcast::workflow_id(id.as_str()))
                .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
                .id_conflict_policy(WorkflowIdConflictPolicy::Fail)
                .static_summary(format!("«{}»", story::shortened(&message.text, 300)))
                .build();
        let run = BroadcastWorkflow::run;
        match self.desk.client.start_workflow(run, input, options).await {
            Ok(_) | Err(WorkflowStartError::AlreadyStarted { .. }) => Ok(()),
            Err(error) => Err(Trouble::Temporal(error.to_string())),
        }
    }

    /// The row first, then the workflow is told to look at it.
    async fn turn_broadcast(&self, update: i64, to: Turn) -> Result<(), Trouble> {
        let id = &self.broadcast_id(update)?;
        let at = Utc::now();
        let turn = |tx| async move {
            broadcasts::turn(&tx, id, to, at).await?;
            broadcasts::find::<BroadcastMessage>(&tx, id).await
        };
        let Some(found) = self.desk.db.write(turn).await? else {
            return self.reply(Phrase::StaleButton).await;
        };
        let workflow = broadcast::workflow_id(id.as_str());
        let handle = self
            .desk
            .client
            .get_workflow_handle::<BroadcastWorkflow>(workflow);
        let nudge = BroadcastWorkflow::nudge;
        let nudged = handle.signal(nudge, (), WorkflowSignalOptions::default());
        match nudged.await {
            // It is over.
            Ok(()) | Err(WorkflowInteractionError::NotFound(_)) => {}
            Err(error) => return Err(Trouble::Temporal(error.to_string())),
        }
        self.show_broadcast(update, found.state).await
    }

    async fn show_broadcast(&self, update: i64, state: broadcasts::State) -> Result<(), Trouble> {
        use broadcasts::State as S;
        let stop = (Phrase::ButtonCancel, "stop", update);
        let (phrase, keyboard) = match state {
            S::Sending => (
                Phrase::BroadcastStarted,
                self.buttons([(Phrase::ButtonPause, "pause", update), stop]),
            ),
            S::Paused => (
                Phrase::BroadcastPaused,
                self.buttons([(Phrase::ButtonResume, "go", update), stop]),
            ),
            S::Cancelled => (Phrase::BroadcastCancelled, Keyboard::default()),
            S::Done => (Phrase::BroadcastOver, Keyboard::default()),
        };
        let text = phrase.html(self.language);
        self.show(Said { text, keyboard }).await
    }

    fn buttons<const N: usize>(&self, these: [(Phrase<'_>, &str, i64); N]) -> Keyboard {
        let button = |(phrase, verb, update)| {
            let what = format!("{verb} {update}");
            button(phrase, self.language, &Press::Broadcast { what })
        };
        Keyboard::rows([these.into_iter().filter_map(button).collect()])
    }

    fn broadcast_id(&self, update: i64) -> Result<BroadcastId, Trouble> {
        let id = BroadcastId::parse(&format!("{}-{update}", self.desk.id));
        Ok(id.map_err(storage::Error::from)?)
    }
}
