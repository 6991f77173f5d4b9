//! Sends replies, edits messages, and sends through the ledger what must be found again later.

use std::time::Duration;

use chrono::Utc;
use domain::{
    AttemptId, CarouselId, ChatId,
    delivery::{Generation, LedgerKey, MessageRecord, PartSize},
};
use storage::ledger::{self, ClaimResult, SendReport};
use telegram::{ChatRef, Effect, Phrase, SendError};
use uuid::Uuid;
use workflows::destination::DestinationRecord;

use super::{CommandHandler, HandlerError, SentReply, notice, telegram_error};
use crate::bot::{parse::ParsedContent as Spoken, reply::ReplyMessage};

/// How long a reply waits for the rate limiter before its update is tried again. Longer than any
/// burst that one gateway causes, so that a waiting reply keeps its place in the queue.
const RATE_LIMIT_TIMEOUT: Duration = Duration::from_secs(60);

impl CommandHandler<'_> {
    pub(super) fn destination(&self) -> DestinationRecord {
        let ChatRef { id, thread } = self.update.chat;
        DestinationRecord::telegram(id, thread, self.language)
    }

    /// Downloads a file that a user sent, of at most `most` bytes; `None` if it is not available.
    pub(super) async fn download(
        &self,
        file: &str,
        most: u32,
    ) -> Result<Option<Vec<u8>>, HandlerError> {
        match self.deps.bot.download(file, most).await {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(
                fault @ (SendError::RateLimited(_)
                | SendError::Unreachable(_)
                | SendError::Ambiguous(_)),
            ) => Err(telegram_error(fault)),
            Err(_) => Ok(None),
        }
    }

    pub(super) async fn reply(&self, phrase: Phrase<'_>) -> Result<(), HandlerError> {
        self.send(phrase.html(self.language).into()).await
    }

    /// Sends a reply. If its outcome is unknown, it is not sent again.
    pub(super) async fn send(&self, said: ReplyMessage) -> Result<(), HandlerError> {
        let ReplyMessage { text, keyboard } = said;
        self.wait_for_rate_limit().await?;
        let sent = self.deps.bot.send_text(self.update.chat, &text, &keyboard);
        match sent.await {
            Ok(_) => self.record_reply("text", true),
            Err(fault) if fault.effect() == Effect::NotSentRetry => {
                return Err(telegram_error(fault));
            }
            Err(fault) => {
                tracing::warn!("a reply was not sent: {fault}");
                self.record_reply("text", false);
            }
        }
        Ok(())
    }

    /// Waits until the rate limiter permits a message.
    async fn wait_for_rate_limit(&self) -> Result<(), HandlerError> {
        let chat = ChatId::new(self.update.chat.id);
        Ok(self.deps.rate_limiter.wait(chat, 1, RATE_LIMIT_TIMEOUT, Utc::now).await?)
    }

    /// Collects the reply for the event about it.
    fn record_reply(&self, kind: &'static str, success: bool) {
        if let Ok(mut responses) = self.responses.lock() {
            responses.push(SentReply { kind, success });
        }
    }

    /// Edits the message with the pressed button, or sends a new one.
    pub(super) async fn show(&self, said: ReplyMessage) -> Result<(), HandlerError> {
        if !matches!(self.update.content, Spoken::Press { .. }) {
            return self.send(said).await;
        }
        self.wait_for_rate_limit().await?;
        let (chat, message) = (self.update.chat, self.update.message);
        let edit = self.deps.bot.edit_text(chat, message, &said.text, &said.keyboard);
        match edit.await {
            Ok(()) | Err(SendError::NotModified) => {
                self.record_reply("text", true);
                Ok(())
            }
            Err(fault) if fault.effect() == Effect::NotSentRetry => Err(telegram_error(fault)),
            Err(_) => self.send(said).await,
        }
    }

    /// Sends a message about a carousel once, and stores its message id.
    pub(super) async fn send_once(
        &self,
        id: &CarouselId,
        name: &str,
        said: ReplyMessage,
    ) -> Result<(), HandlerError> {
        let slot = LedgerKey {
            carousel: id.clone(),
            revision: 0,
            part: notice(name)?,
            generation: Generation::FIRST,
        };
        let ReplyMessage { text, keyboard } = &said;
        let sending = self.deps.bot.send_text(self.update.chat, text, keyboard);
        self.send_through_ledger(&slot, sending).await
    }

    /// Sends one request through the ledger: `send` runs after the claim.
    pub(super) async fn send_through_ledger(
        &self,
        slot: &LedgerKey,
        send: impl Future<Output = Result<telegram::SentMessage, SendError>>,
    ) -> Result<(), HandlerError> {
        // Wait before the claim: a message that waits here was certainly not sent.
        self.wait_for_rate_limit().await?;
        let by =
            &AttemptId::parse(&Uuid::now_v7().to_string()).map_err(storage::StorageError::from)?;
        let (chat, at) = (Some(ChatId::new(self.update.chat.id)), Utc::now());
        let claim = |tx| async move { ledger::claim(&tx, slot, PartSize::ONE, chat, by, at).await };
        match self.deps.db.write(claim).await? {
            ClaimResult::Send(_) => {}
            ClaimResult::Finished(_) => return Ok(()),
        }
        let answer = send.await;
        let report = &match &answer {
            Ok(sent) => SendReport::Answered(vec![MessageRecord {
                message: i64::from(sent.message),
                file: sent.file.clone().unwrap_or_default(),
            }]),
            Err(fault) => match fault.effect() {
                Effect::Unknown => SendReport::Unknown,
                Effect::NotSentRetry => SendReport::Undelivered(fault.to_string()),
                Effect::NotSentFinal => SendReport::Rejected(fault.to_string()),
            },
        };
        let at = Utc::now();
        let record = |tx| async move { ledger::record(&tx, slot, by, report, at).await };
        // A gateway message is never reported as in doubt, so this record emits no event.
        let _ = self.deps.db.write(record).await?;
        match &answer {
            Ok(sent) if sent.file.is_some() => self.record_reply("document", true),
            Ok(_) => self.record_reply("text", true),
            Err(fault) if fault.effect() == Effect::NotSentRetry => {}
            Err(_) => self.record_reply("text", false),
        }
        match answer {
            Err(fault) if fault.effect() == Effect::NotSentRetry => Err(telegram_error(fault)),
            Err(fault) => {
                tracing::warn!("{slot} was not sent: {fault}");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }
}
