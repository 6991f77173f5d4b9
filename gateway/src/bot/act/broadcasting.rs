//! Handles broadcast commands of administrators: preview, send, pause, resume, stop. The content, a
//! text or an existing carousel of theirs, is part of the stored decision of the update that asked
//! for the broadcast.

use chrono::Utc;
use domain::{BroadcastId, Outcome, UpdateId};
use runtime::codec;
use storage::{
    broadcasts::{self, Audience, NewBroadcast, Turn},
    carousels::{self, Carousel, Filter},
    ingress::{self, Standing},
};
use telegram::{
    Button, Html, Keyboard, Phrase,
    limits::MESSAGE_CHARS,
    talk::{Press, button, labelled},
};
use temporalio_client::{
    WorkflowIdConflictPolicy, WorkflowIdReusePolicy, WorkflowSignalOptions, WorkflowStartOptions,
    errors::{WorkflowInteractionError, WorkflowStartError},
};
use workflows::{
    BroadcastWorkflow, broadcast,
    contract::{AlbumRecord, BroadcastInput, BroadcastMessage},
    queues, web_ui,
};

use super::{Task, Trouble};
use crate::bot::{command::Command, outreach::Outreach, say::Said};

/// Carousels to choose from.
const CHOICES: u32 = 5;

/// Maximum length of a topic on a button, in characters.
const LABEL_CHARS: usize = 40;

impl Task<'_> {
    pub(super) async fn broadcast(&self, what: &Outreach) -> Result<(), Trouble> {
        match what {
            Outreach::Preview { text } => self.preview(text).await,
            Outreach::Album { carousel } => self.preview_album(carousel).await,
            Outreach::Send { update, revision } => self.cast(*update, *revision).await,
            Outreach::Drop { .. } => {
                let dropped = Phrase::BroadcastDropped.html(self.language);
                self.show(dropped.into()).await
            }
            Outreach::Pause { update } => self.turn_broadcast(*update, Turn::Pause).await,
            Outreach::Resume { update } => self.turn_broadcast(*update, Turn::Resume).await,
            Outreach::Stop { update } => self.turn_broadcast(*update, Turn::Cancel).await,
        }
    }

    /// Shows the message as recipients will see it, and the number of recipients.
    async fn preview(&self, text: &str) -> Result<(), Trouble> {
        if text.is_empty() {
            let said = self.choose_album().await?;
            return self.send(said).await;
        }
        let words = Html::text(text);
        let chars = words.chars();
        if chars > MESSAGE_CHARS {
            let (chars, max) = (chars as u64, MESSAGE_CHARS as u64);
            return self.reply(Phrase::TextTooLong { chars, max }).await;
        }
        self.send(words.into()).await?;
        let question = self.question(None).await?;
        self.send(question).await
    }

    /// Says how many recipients there are and asks for confirmation.
    async fn question(&self, revision: Option<u32>) -> Result<Said, Trouble> {
        let people = broadcasts::size(
            &self.desk.db.read(),
            &Audience::News,
            &self.desk.access,
            Utc::now(),
        )
        .await?;
        let update = self.heard.update.get();
        let send = match revision {
            Some(revision) => format!("send {update} {revision}"),
            None => format!("send {update}"),
        };
        Ok(Said {
            text: Phrase::BroadcastAsk { people }.html(self.language),
            keyboard: self.buttons([
                (Phrase::ButtonSend, send),
                (Phrase::ButtonDrop, format!("drop {update}")),
            ]),
        })
    }

    /// Explains how to broadcast a text, and offers the administrator's own carousels.
    async fn choose_album(&self) -> Result<Said, Trouble> {
        let filter = Filter {
            user: Some(self.user.clone()),
            limit: 4 * CHOICES,
            ..Filter::default()
        };
        let found = carousels::list(&self.desk.db.read(), &filter).await?;
        let choice = |one: &Carousel| {
            let short = one.id.as_str().trim_start_matches("carousel-");
            let what = format!("album {short}");
            let label = one.brief.topic.chars().take(LABEL_CHARS).collect();
            labelled(label, &Press::Broadcast { what })
        };
        let mut choices: Vec<Button> = Vec::new();
        for one in &found.rows {
            if choices.len() < CHOICES as usize && self.newest_pictures(one).await?.is_some() {
                choices.extend(choice(one));
            }
        }
        let mut text = Phrase::BroadcastHelp.html(self.language);
        if !choices.is_empty() {
            let choose = Phrase::BroadcastChoose.html(self.language);
            text = text.then(&Html::text("\n\n")).then(&choose);
        }
        let keyboard = Keyboard::rows(choices.into_iter().map(|choice| vec![choice]));
        Ok(Said { text, keyboard })
    }

    async fn preview_album(&self, id: &str) -> Result<(), Trouble> {
        let Some(carousel) = self.own(id).await? else {
            return self.reply(Phrase::StaleButton).await;
        };
        let Some(revision) = self.newest_pictures(&carousel).await? else {
            return self.reply(Phrase::StaleButton).await;
        };
        let topic = carousel.brief.topic.as_str();
        let album = Phrase::BroadcastAlbum { topic }.html(self.language);
        let Said { text, keyboard } = self.question(Some(revision)).await?;
        let text = album.then(&Html::text("\n\n")).then(&text);
        self.send(Said { text, keyboard }).await
    }

    /// The newest revision that was rendered and sent, unless its carousel was undone.
    async fn newest_pictures(&self, carousel: &Carousel) -> Result<Option<u32>, Trouble> {
        if let Some(Outcome::Failed | Outcome::Cancelled) = carousel.state.outcome() {
            return Ok(None);
        }
        let reader = self.desk.db.read();
        for revision in (1..=carousel.revision.unwrap_or_default()).rev() {
            let pictures = carousels::pictures(&reader, &carousel.id, revision).await?;
            if !pictures.is_empty() {
                return Ok(Some(revision));
            }
        }
        Ok(None)
    }

    /// The message that this update asked to broadcast, and a short label; `None` if the update was
    /// not a broadcast.
    async fn message(
        &self,
        update: i64,
        revision: Option<u32>,
    ) -> Result<Option<(BroadcastMessage, String)>, Trouble> {
        let reader = self.desk.db.read();
        let asked = ingress::find::<Command>(&reader, self.desk.id, UpdateId::new(update)).await?;
        let command = match asked.map(|asked| asked.standing) {
            Some(Standing::Decided(command) | Standing::Done(command)) => command,
            Some(Standing::Received | Standing::Dead { .. }) | None => return Ok(None),
        };
        let Command::Broadcast { what } = command else {
            return Ok(None);
        };
        match (what, revision) {
            (Outreach::Preview { text }, None) => {
                let words = text.clone();
                let message = BroadcastMessage {
                    text,
                    ..BroadcastMessage::default()
                };
                Ok(Some((message, words)))
            }
            (Outreach::Album { carousel }, Some(revision)) => {
                let Some(found) = self.own(&carousel).await? else {
                    return Ok(None);
                };
                let pictures = carousels::pictures(&reader, &found.id, revision).await?;
                let album = Some(AlbumRecord { carousel, revision });
                let message = BroadcastMessage {
                    album,
                    ..BroadcastMessage::default()
                };
                let topic = found.brief.topic;
                Ok(Some((message, topic)).filter(|_| !pictures.is_empty()))
            }
            _ => Ok(None),
        }
    }

    /// Stores the recipients and starts the workflow. Idempotent.
    async fn cast(&self, update: i64, revision: Option<u32>) -> Result<(), Trouble> {
        let Some((message, about)) = self.message(update, revision).await? else {
            return self.reply(Phrase::StaleButton).await;
        };
        let new = &NewBroadcast {
            id: self.broadcast_id(update)?,
            author: self.user.clone(),
            bot: self.desk.id,
            message,
            audience: Audience::News,
            access: self.desk.access.clone(),
        };
        let at = Utc::now();
        let create = |tx| async move { broadcasts::create(&tx, new, at).await };
        let stored = self.desk.db.write(create).await?;
        if stored.value.state == broadcasts::State::Sending {
            self.start_broadcast(&new.id, &about).await?;
        }
        self.show_broadcast(update, stored.value.state).await
    }

    async fn start_broadcast(&self, id: &BroadcastId, about: &str) -> Result<(), Trouble> {
        let input = BroadcastInput {
            broadcast: id.as_str().to_owned(),
            author: self.user.as_str().to_owned(),
            report_to: self.destination(),
            ..BroadcastInput::default()
        };
        let summary: web_ui::Text = if codec::encrypts(&self.desk.client).await {
            web_ui::Text::from("a broadcast")
        } else {
            web_ui::Text::quoted(about, "")
        };
        let options =
            WorkflowStartOptions::new(queues::CAROUSEL, broadcast::workflow_id(id.as_str()))
                .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
                .id_conflict_policy(WorkflowIdConflictPolicy::Fail)
                .static_summary(summary)
                .build();
        let run = BroadcastWorkflow::run;
        match self.desk.client.start_workflow(run, input, options).await {
            Ok(_) | Err(WorkflowStartError::AlreadyStarted { .. }) => Ok(()),
            Err(error) => Err(Trouble::Temporal(error.to_string())),
        }
    }

    /// Updates the row first, then signals the workflow to read it.
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
            // The broadcast has finished.
            Ok(()) | Err(WorkflowInteractionError::NotFound(_)) => {}
            Err(error) => return Err(Trouble::Temporal(error.to_string())),
        }
        self.show_broadcast(update, found.state).await
    }

    async fn show_broadcast(&self, update: i64, state: broadcasts::State) -> Result<(), Trouble> {
        use broadcasts::State as S;
        let stop = (Phrase::ButtonCancel, format!("stop {update}"));
        let (phrase, keyboard) = match state {
            S::Sending => (
                Phrase::BroadcastStarted,
                self.buttons([(Phrase::ButtonPause, format!("pause {update}")), stop]),
            ),
            S::Paused => (
                Phrase::BroadcastPaused,
                self.buttons([(Phrase::ButtonResume, format!("go {update}")), stop]),
            ),
            S::Cancelled => (Phrase::BroadcastCancelled, Keyboard::default()),
            S::Done => (Phrase::BroadcastOver, Keyboard::default()),
        };
        let text = phrase.html(self.language);
        self.show(Said { text, keyboard }).await
    }

    fn buttons<const N: usize>(&self, these: [(Phrase<'_>, String); N]) -> Keyboard {
        let button = |(phrase, what)| button(phrase, self.language, &Press::Broadcast { what });
        Keyboard::rows([these.into_iter().filter_map(button).collect()])
    }

    fn broadcast_id(&self, update: i64) -> Result<BroadcastId, Trouble> {
        let id = BroadcastId::parse(&format!("{}-{update}", self.desk.id));
        Ok(id.map_err(storage::Error::from)?)
    }
}
