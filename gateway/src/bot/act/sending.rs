//! Sends replies, edits messages, and sends through the ledger what must be found again later.

use std::time::Duration;

use chrono::Utc;
use domain::{
    Attempt, CarouselId, ChatId,
    delivery::{Generation, MessageRecord, Size, Slot},
};
use storage::ledger::{self, Claimed, Report};
use telegram::{Chat, Fault, Meaning, Phrase};
use uuid::Uuid;
use workflows::contract::DestinationRecord;

use super::{Response, Task, Trouble, notice, waits};
use crate::bot::{hear::Said as Spoken, say::Said};

/// How long a reply waits for the rate limiter before its update is tried again. Longer than any
/// burst that one gateway causes, so that a waiting reply keeps its place in the queue.
const PATIENCE: Duration = Duration::from_secs(60);

impl Task<'_> {
    pub(super) fn destination(&self) -> DestinationRecord {
        let Chat { id, thread } = self.heard.chat;
        DestinationRecord::telegram(id, thread, self.language)
    }

    /// Downloads a file that a user sent, of at most `most` bytes; `None` if it is not available.
    pub(super) async fn download(&self, file: &str, most: u32) -> Result<Option<Vec<u8>>, Trouble> {
        match self.desk.bot.download(file, most).await {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(fault @ (Fault::Wait(_) | Fault::Unreachable(_) | Fault::Ambiguous(_))) => {
                Err(waits(fault))
            }
            Err(_) => Ok(None),
        }
    }

    pub(super) async fn reply(&self, phrase: Phrase<'_>) -> Result<(), Trouble> {
        self.send(phrase.html(self.language).into()).await
    }

    /// Sends a reply. If its outcome is unknown, it is not sent again.
    pub(super) async fn send(&self, said: Said) -> Result<(), Trouble> {
        let Said { text, keyboard } = said;
        self.takes_turn().await?;
        let sent = self.desk.bot.send_text(self.heard.chat, &text, &keyboard);
        match sent.await {
            Ok(_) => self.said("text", true),
            Err(fault) if fault.means() == Meaning::NotYet => return Err(waits(fault)),
            Err(fault) => {
                tracing::warn!("a reply was not sent: {fault}");
                self.said("text", false);
            }
        }
        Ok(())
    }

    /// Waits until the rate limiter permits a message.
    async fn takes_turn(&self) -> Result<(), Trouble> {
        let chat = ChatId::new(self.heard.chat.id);
        Ok(self.desk.pacer.wait(chat, 1, PATIENCE, Utc::now).await?)
    }

    /// Collects the reply for the event about it.
    fn said(&self, kind: &'static str, success: bool) {
        if let Ok(mut responses) = self.responses.lock() {
            responses.push(Response { kind, success });
        }
    }

    /// Edits the message with the pressed button, or sends a new one.
    pub(super) async fn show(&self, said: Said) -> Result<(), Trouble> {
        if !matches!(self.heard.said, Spoken::Press { .. }) {
            return self.send(said).await;
        }
        self.takes_turn().await?;
        let (chat, message) = (self.heard.chat, self.heard.message);
        let edit = self
            .desk
            .bot
            .edit_text(chat, message, &said.text, &said.keyboard);
        match edit.await {
            Ok(()) | Err(Fault::NotModified) => {
                self.said("text", true);
                Ok(())
            }
            Err(fault) if fault.means() == Meaning::NotYet => Err(waits(fault)),
            Err(_) => self.send(said).await,
        }
    }

    /// Sends a message about a carousel once, and stores its message id.
    pub(super) async fn say_once(
        &self,
        id: &CarouselId,
        name: &str,
        said: Said,
    ) -> Result<(), Trouble> {
        let slot = Slot {
            carousel: id.clone(),
            revision: 0,
            part: notice(name)?,
            generation: Generation::FIRST,
        };
        let Said { text, keyboard } = &said;
        let sending = self.desk.bot.send_text(self.heard.chat, text, keyboard);
        self.through_ledger(&slot, sending).await
    }

    /// Sends one request through the ledger: `send` runs after the claim.
    pub(super) async fn through_ledger(
        &self,
        slot: &Slot,
        send: impl Future<Output = Result<telegram::Sent, Fault>>,
    ) -> Result<(), Trouble> {
        // Wait before the claim: a message that waits here was certainly not sent.
        self.takes_turn().await?;
        let by = &Attempt::parse(&Uuid::now_v7().to_string()).map_err(storage::Error::from)?;
        let (chat, at) = (Some(ChatId::new(self.heard.chat.id)), Utc::now());
        let claim = |tx| async move { ledger::claim(&tx, slot, Size::ONE, chat, by, at).await };
        match self.desk.db.write(claim).await? {
            Claimed::Send(_) => {}
            Claimed::Over(_) => return Ok(()),
        }
        let answer = send.await;
        let report = &match &answer {
            Ok(sent) => Report::Answered(vec![MessageRecord {
                message: i64::from(sent.message),
                file: sent.file.clone().unwrap_or_default(),
            }]),
            Err(fault) => match fault.means() {
                Meaning::Unknown => Report::Lost,
                Meaning::NotYet => Report::Undelivered(fault.to_string()),
                Meaning::Never => Report::Rejected(fault.to_string()),
            },
        };
        let at = Utc::now();
        let record = |tx| async move { ledger::record(&tx, slot, by, report, at).await };
        // A gateway message is never reported as in doubt, so this record emits no event.
        let _ = self.desk.db.write(record).await?;
        match &answer {
            Ok(sent) if sent.file.is_some() => self.said("document", true),
            Ok(_) => self.said("text", true),
            Err(fault) if fault.means() == Meaning::NotYet => {}
            Err(_) => self.said("text", false),
        }
        match answer {
            Err(fault) if fault.means() == Meaning::NotYet => Err(waits(fault)),
            Err(fault) => {
                tracing::warn!("{slot} was not sent: {fault}");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }
}
