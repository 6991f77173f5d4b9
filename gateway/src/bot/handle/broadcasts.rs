//! Handles broadcast commands of administrators: preview, send, pause, resume, stop. The content, a
//! text or an existing carousel of theirs, is part of the stored decision of the update that asked
//! for the broadcast.

use chrono::Utc;
use domain::{BroadcastId, BroadcastState, CarouselId, Outcome, UpdateId};
use runtime::codec;
use storage::{
    broadcasts::{self, BroadcastAudience, BroadcastStateChange, NewBroadcast},
    carousels::{self, Carousel, CarouselFilter},
    ingress::{self, UpdateState},
};
use telegram::{
    Html, InlineButton, Keyboard, Phrase,
    action::{Action, BroadcastAction},
    bot_api_limits::MESSAGE_UNITS,
    messages::{button, labelled},
};
use temporalio_client::{
    WorkflowIdConflictPolicy, WorkflowIdReusePolicy, WorkflowSignalOptions, WorkflowStartOptions,
    errors::{WorkflowInteractionError, WorkflowStartError},
};
use workflows::{
    BroadcastWorkflow, broadcast,
    broadcast::{AlbumRecord, BroadcastInput, BroadcastMessage},
    queues, web_ui,
};

use super::{CommandHandler, HandlerError};
use crate::bot::{decision_record::DecisionRecord, reply::ReplyMessage};

/// Carousels to choose from.
const CHOICES: u32 = 5;

/// Maximum length of a topic on a button, in characters.
const LABEL_CHARS: usize = 40;

impl CommandHandler<'_> {
    pub(super) async fn broadcast(&self, what: &BroadcastAction) -> Result<(), HandlerError> {
        match what {
            BroadcastAction::Preview { text } => self.preview(text).await,
            BroadcastAction::Album { carousel } => self.preview_album(carousel).await,
            BroadcastAction::Send { update, revision } => {
                self.store_and_start_broadcast(*update, *revision).await
            }
            BroadcastAction::Drop { .. } => {
                let dropped = Phrase::BroadcastDropped.html(self.language);
                self.show(dropped.into()).await
            }
            BroadcastAction::Pause { update } => {
                self.change_broadcast_state(*update, BroadcastStateChange::Pause).await
            }
            BroadcastAction::Resume { update } => {
                self.change_broadcast_state(*update, BroadcastStateChange::Resume).await
            }
            BroadcastAction::Stop { update } => {
                self.change_broadcast_state(*update, BroadcastStateChange::Cancel).await
            }
        }
    }

    /// Shows the message as recipients will see it, and the number of recipients.
    async fn preview(&self, text: &str) -> Result<(), HandlerError> {
        if text.is_empty() {
            let said = self.offer_albums().await?;
            return self.send(said).await;
        }
        let words = Html::text(text);
        let units = words.units();
        if units > MESSAGE_UNITS {
            let (chars, max) = (units as u64, MESSAGE_UNITS as u64);
            return self.reply(Phrase::TextTooLong { chars, max }).await;
        }
        self.send(words.into()).await?;
        let question = self.question(None).await?;
        self.send(question).await
    }

    /// Says how many recipients there are and asks for confirmation.
    async fn question(&self, revision: Option<u32>) -> Result<ReplyMessage, HandlerError> {
        let people = broadcasts::audience_size(
            &self.deps.db.read(),
            &BroadcastAudience::News,
            &self.deps.access,
            Utc::now(),
        )
        .await?;
        let update = self.update.update;
        let send = BroadcastAction::Send { update, revision };
        Ok(ReplyMessage {
            text: Phrase::BroadcastAsk { people }.html(self.language),
            keyboard: self.buttons([
                (Phrase::ButtonSend, send),
                (Phrase::ButtonDrop, BroadcastAction::Drop { update }),
            ]),
        })
    }

    /// Explains how to broadcast a text, and offers the administrator's own carousels.
    async fn offer_albums(&self) -> Result<ReplyMessage, HandlerError> {
        let filter = CarouselFilter {
            user: Some(self.user.clone()),
            limit: 4 * CHOICES,
            ..CarouselFilter::default()
        };
        let found = carousels::list(&self.deps.db.read(), &filter).await?;
        let choice = |one: &Carousel| {
            let carousel = one.id.clone();
            let what = BroadcastAction::Album { carousel };
            let label = one.brief.topic.chars().take(LABEL_CHARS).collect();
            labelled(label, &Action::Broadcast { what })
        };
        let mut choices: Vec<InlineButton> = Vec::new();
        for one in &found.rows {
            if choices.len() < CHOICES as usize && self.newest_pictures(one).await?.is_some() {
                choices.extend(choice(one));
            }
        }
        let mut text = Phrase::BroadcastHelp.html(self.language);
        if !choices.is_empty() {
            let choose = Phrase::BroadcastChoose.html(self.language);
            text = text.append(&Html::text("\n\n")).append(&choose);
        }
        let keyboard = Keyboard::rows(choices.into_iter().map(|choice| vec![choice]));
        Ok(ReplyMessage { text, keyboard })
    }

    async fn preview_album(&self, id: &CarouselId) -> Result<(), HandlerError> {
        let Some(carousel) = self.own(id).await? else {
            return self.reply(Phrase::StaleButton).await;
        };
        let Some(revision) = self.newest_pictures(&carousel).await? else {
            return self.reply(Phrase::StaleButton).await;
        };
        let topic = carousel.brief.topic.as_str();
        let album = Phrase::BroadcastAlbum { topic }.html(self.language);
        let ReplyMessage { text, keyboard } = self.question(Some(revision)).await?;
        let text = album.append(&Html::text("\n\n")).append(&text);
        self.send(ReplyMessage { text, keyboard }).await
    }

    /// The newest revision that was rendered and sent, unless its carousel was undone.
    async fn newest_pictures(&self, carousel: &Carousel) -> Result<Option<u32>, HandlerError> {
        if let Some(Outcome::Failed | Outcome::Cancelled) = carousel.state.outcome() {
            return Ok(None);
        }
        let reader = self.deps.db.read();
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
        update: UpdateId,
        revision: Option<u32>,
    ) -> Result<Option<(BroadcastMessage, String)>, HandlerError> {
        let reader = self.deps.db.read();
        let asked = ingress::find::<DecisionRecord>(&reader, self.deps.id, update).await?;
        let action = match asked.map(|asked| asked.state) {
            Some(UpdateState::Decided(stored) | UpdateState::Done(stored)) => stored.action,
            Some(UpdateState::Received | UpdateState::DeadLetter { .. }) | None => return Ok(None),
        };
        let Action::Broadcast { what } = action else {
            return Ok(None);
        };
        match (what, revision) {
            (BroadcastAction::Preview { text }, None) => {
                let words = text.clone();
                let message = BroadcastMessage { text, ..BroadcastMessage::default() };
                Ok(Some((message, words)))
            }
            (BroadcastAction::Album { carousel }, Some(revision)) => {
                let Some(found) = self.own(&carousel).await? else {
                    return Ok(None);
                };
                let pictures = carousels::pictures(&reader, &found.id, revision).await?;
                let album = Some(AlbumRecord { carousel: carousel.as_str().to_owned(), revision });
                let message = BroadcastMessage { album, ..BroadcastMessage::default() };
                let topic = found.brief.topic;
                Ok(Some((message, topic)).filter(|_| !pictures.is_empty()))
            }
            _ => Ok(None),
        }
    }

    /// Stores the recipients and starts the workflow. Idempotent.
    async fn store_and_start_broadcast(
        &self,
        update: UpdateId,
        revision: Option<u32>,
    ) -> Result<(), HandlerError> {
        let Some((message, about)) = self.message(update, revision).await? else {
            return self.reply(Phrase::StaleButton).await;
        };
        let new = &NewBroadcast {
            id: self.broadcast_id(update)?,
            author: self.user.clone(),
            bot: self.deps.id,
            message,
            audience: BroadcastAudience::News,
            access: self.deps.access.clone(),
        };
        let at = Utc::now();
        let create = |tx| async move { broadcasts::create(&tx, new, at).await };
        let stored = self.deps.db.write(create).await?;
        if stored.value.state == BroadcastState::Sending {
            self.start_broadcast(&new.id, &about).await?;
        }
        self.show_broadcast(update, stored.value.state).await
    }

    async fn start_broadcast(&self, id: &BroadcastId, about: &str) -> Result<(), HandlerError> {
        let input = BroadcastInput {
            broadcast: id.as_str().to_owned(),
            author: self.user.as_str().to_owned(),
            report_to: self.destination(),
            ..BroadcastInput::default()
        };
        let summary: web_ui::EscapedText = if codec::encrypts(&self.deps.client).await {
            web_ui::EscapedText::from("a broadcast")
        } else {
            web_ui::EscapedText::quoted(about, "")
        };
        let options =
            WorkflowStartOptions::new(queues::CAROUSEL, broadcast::workflow_id(id.as_str()))
                .id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate)
                .id_conflict_policy(WorkflowIdConflictPolicy::Fail)
                .static_summary(summary)
                .build();
        let run = BroadcastWorkflow::run;
        match self.deps.client.start_workflow(run, input, options).await {
            Ok(_) | Err(WorkflowStartError::AlreadyStarted { .. }) => Ok(()),
            Err(error) => Err(HandlerError::Temporal(error.to_string())),
        }
    }

    /// Updates the row first, then signals the workflow to read it.
    async fn change_broadcast_state(
        &self,
        update: UpdateId,
        to: BroadcastStateChange,
    ) -> Result<(), HandlerError> {
        let id = &self.broadcast_id(update)?;
        let at = Utc::now();
        let turn = |tx| async move {
            broadcasts::apply_action(&tx, id, to, at).await?;
            broadcasts::find::<BroadcastMessage>(&tx, id).await
        };
        let Some(found) = self.deps.db.write(turn).await? else {
            return self.reply(Phrase::StaleButton).await;
        };
        let workflow = broadcast::workflow_id(id.as_str());
        let handle = self.deps.client.get_workflow_handle::<BroadcastWorkflow>(workflow);
        let nudge = BroadcastWorkflow::row_changed;
        let nudged = handle.signal(nudge, (), WorkflowSignalOptions::default());
        match nudged.await {
            // The broadcast has finished.
            Ok(()) | Err(WorkflowInteractionError::NotFound(_)) => {}
            Err(error) => return Err(HandlerError::Temporal(error.to_string())),
        }
        self.show_broadcast(update, found.state).await
    }

    async fn show_broadcast(
        &self,
        update: UpdateId,
        state: BroadcastState,
    ) -> Result<(), HandlerError> {
        let stop = (Phrase::ButtonCancel, BroadcastAction::Stop { update });
        let (phrase, keyboard) = match state {
            BroadcastState::Sending => (
                Phrase::BroadcastStarted,
                self.buttons([(Phrase::ButtonPause, BroadcastAction::Pause { update }), stop]),
            ),
            BroadcastState::Paused => (
                Phrase::BroadcastPaused,
                self.buttons([(Phrase::ButtonResume, BroadcastAction::Resume { update }), stop]),
            ),
            BroadcastState::Cancelled => (Phrase::BroadcastCancelled, Keyboard::default()),
            BroadcastState::Done => (Phrase::BroadcastOver, Keyboard::default()),
        };
        let text = phrase.html(self.language);
        self.show(ReplyMessage { text, keyboard }).await
    }

    fn buttons<const N: usize>(&self, these: [(Phrase<'_>, BroadcastAction); N]) -> Keyboard {
        let button = |(phrase, what)| button(phrase, self.language, &Action::Broadcast { what });
        Keyboard::rows([these.into_iter().filter_map(button).collect()])
    }

    fn broadcast_id(&self, update: UpdateId) -> Result<BroadcastId, HandlerError> {
        let id = BroadcastId::parse(&format!("{}-{update}", self.deps.id));
        Ok(id?)
    }
}
