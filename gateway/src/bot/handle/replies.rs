//! Sends replies, edits messages, and sends through the ledger what must be found again later.

use std::{sync::atomic::Ordering, time::Duration};

use chrono::Utc;
use domain::{
    CarouselId, NoticeId,
    delivery::{LedgerKey, PartSize},
    failure::FailureKind,
};
use storage::{
    ledger::{self, DeliveryLedger, DeliveryTarget},
    sessions,
};
use telegram::{ChatRef, Effect, Html, Phrase, SendError, send_report};
use workflows::destination::DestinationRecord;

use super::{CommandHandler, HandlerError, SentReply, notice, telegram_error};
use crate::bot::{ingress::session_key, parse::ParsedContent as Spoken, reply::ReplyMessage};

/// How long a reply waits for the rate limiter before its update is tried again. Longer than any
/// burst that one gateway causes, so that a waiting reply keeps its place in the queue.
const RATE_LIMIT_TIMEOUT: Duration = Duration::from_secs(60);

/// Pauses before a reply is sent again that may have arrived: a missing one is worse than two.
const REPEAT_PAUSES: [Duration; 3] =
    [Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(5)];

/// The reaction on a request that was read.
const ACKNOWLEDGED: &str = "👌";

/// What came of one attempt to send a message.
enum SendAttempt {
    /// An earlier attempt sent it.
    SentBefore,
    /// The request is over, with this error if there was one.
    Over(Option<SendError>),
}

impl CommandHandler<'_> {
    pub(super) fn destination(&self) -> DestinationRecord {
        let ChatRef { id, thread } = self.update.chat;
        let chat = DestinationRecord::telegram(id, thread, self.language);
        match &self.update.content {
            // The pressed button is under a message of ours.
            Spoken::Press { .. } => chat,
            _ => chat.replying_to(self.update.message),
        }
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

    /// Answers a pressed button with a short notification, which only its user sees; other messages
    /// get a reply.
    pub(super) async fn toast(&self, phrase: Phrase<'_>) -> Result<(), HandlerError> {
        let Spoken::Press { query, .. } = &self.update.content else {
            return self.reply(phrase).await;
        };
        let text = phrase.plain(self.language);
        let answered = self.deps.bot.answer_callback(query, Some(&text)).await;
        self.answered.store(answered.is_ok(), Ordering::Relaxed);
        self.record_reply("toast", answered.is_ok());
        Ok(())
    }

    /// Asks the user for a text. In a group, only their app opens the reply field. A message has
    /// either buttons or that field, so below a panel the question is a message of its own.
    pub(super) async fn ask_for_text(&self, question: ReplyMessage) -> Result<(), HandlerError> {
        if self.update.private {
            return self.show(question).await;
        }
        let (text, reply_to) = match &self.update.content {
            Spoken::Press { .. } => {
                self.show(question).await?;
                let mention = Html::text("👉 ").mentioning(self.update.account);
                (mention.append(&Phrase::AnswerByReply.html(self.language)), None)
            }
            _ => (question.text, Some(self.update.message)),
        };
        self.wait_for_rate_limit().await?;
        let sent = self.deps.bot.send_question(self.update.chat, &text, reply_to).await;
        if let Ok(sent) = &sent {
            let (dialogue, message) = (session_key(self.deps.id, self.update), sent.message);
            let asked = |tx| async move { sessions::set_question(&tx, dialogue, message).await };
            self.deps.db.write(asked).await?;
        }
        self.finish_reply(sent.err()).await
    }

    /// Sends a reply. In a group, it refers to the message that asked.
    pub(super) async fn send(&self, said: ReplyMessage) -> Result<(), HandlerError> {
        let reply_to = self.asking_message().filter(|_| !self.update.private);
        self.send_replying(said, reply_to).await
    }

    /// Says why a request can't be carried out, as a reply to the request.
    pub(super) async fn refuse_request(&self, why: Phrase<'_>) -> Result<(), HandlerError> {
        self.count_refusal(&why);
        self.send_replying(why.html(self.language).into(), self.asking_message()).await
    }

    /// The same, with the topic of the request above the reason.
    pub(super) async fn refuse_topic(
        &self,
        topic: &str,
        why: Phrase<'_>,
    ) -> Result<(), HandlerError> {
        if topic.is_empty() {
            return self.refuse_request(why).await;
        }
        self.count_refusal(&why);
        let text = Phrase::FailedAbout { topic }.html(self.language);
        let text = text.append(&Html::text("\n")).append(&why.html(self.language));
        self.send_replying(text.into(), self.asking_message()).await
    }

    /// Counts a refusal by a limit, as the activities count theirs.
    fn count_refusal(&self, why: &Phrase<'_>) {
        let kind = match why {
            Phrase::TooManyOpen { .. } => FailureKind::TooManyOpen,
            Phrase::CarouselsUsedUp | Phrase::UploadsUsedUp { .. } => FailureKind::QuotaExceeded,
            Phrase::BudgetUsedUp => FailureKind::BudgetExceeded,
            _ => return,
        };
        self.deps.metrics.refusals.inc([kind.name()]);
    }

    async fn send_replying(
        &self,
        said: ReplyMessage,
        reply_to: Option<i32>,
    ) -> Result<(), HandlerError> {
        let ReplyMessage { text, keyboard } = &said;
        let sending = || async {
            let chat = self.update.chat;
            let sent = self.deps.bot.send_reply(chat, reply_to, text, keyboard).await;
            Ok(SendAttempt::Over(sent.err()))
        };
        self.send_repeatedly(sending).await
    }

    /// The message of the person in this chat; `None` for a pressed button, which is under a message
    /// of ours, and for a request from another chat.
    fn asking_message(&self) -> Option<i32> {
        match self.update.content {
            Spoken::Press { .. } => None,
            _ => Some(self.update.message).filter(|message| *message != 0),
        }
    }

    /// Shows a reaction on the request, so that the person sees at once that it was read. A chat can
    /// forbid reactions.
    pub(super) async fn acknowledge(&self) {
        if let Some(message) = self.asking_message() {
            let _ = self.deps.bot.react(self.update.chat, message, ACKNOWLEDGED).await;
        }
    }

    /// Sends a message. If its outcome is unknown, it is sent again a few times. The rate limiter
    /// comes first: a message that waits there was certainly not sent.
    async fn send_repeatedly<F>(&self, send: impl Fn() -> F) -> Result<(), HandlerError>
    where
        F: Future<Output = Result<SendAttempt, HandlerError>>,
    {
        let mut pauses = REPEAT_PAUSES.iter();
        loop {
            self.wait_for_rate_limit().await?;
            match send().await? {
                SendAttempt::SentBefore => return Ok(()),
                SendAttempt::Over(Some(fault))
                    if fault.effect() == Effect::Unknown
                        && let Some(pause) = pauses.next() =>
                {
                    tokio::time::sleep(*pause).await;
                }
                SendAttempt::Over(fault) => return self.finish_reply(fault).await,
            }
        }
    }

    /// Waits until the rate limiter permits a message.
    pub(super) async fn wait_for_rate_limit(&self) -> Result<(), HandlerError> {
        let chat = self.update.chat.id;
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
            Err(fault) if fault.effect() == Effect::NotSentRetry => {
                self.finish_reply(Some(fault)).await
            }
            Err(_) => self.send(said).await,
        }
    }

    /// Sends a message about a carousel once, and stores its message id.
    pub(super) async fn send_once(
        &self,
        id: &CarouselId,
        name: NoticeId,
        said: ReplyMessage,
    ) -> Result<(), HandlerError> {
        let key = &notice(id, name);
        self.send_repeatedly(|| self.send_claimed(key, &said)).await
    }

    /// The message that [`send_once`](Self::send_once) sent under this name.
    pub(super) async fn sent_before(
        &self,
        id: &CarouselId,
        name: NoticeId,
    ) -> Result<Option<i64>, HandlerError> {
        let entry = ledger::find(&self.deps.db.read(), &notice(id, name)).await?;
        Ok(entry.and_then(|entry| entry.messages.first().map(|sent| sent.message)))
    }

    /// Claims a message, sends it and records the outcome.
    async fn send_claimed(
        &self,
        key: &LedgerKey,
        said: &ReplyMessage,
    ) -> Result<SendAttempt, HandlerError> {
        let chat = Some(self.update.chat.id);
        let target = DeliveryTarget::Part { key, size: PartSize::ONE, chat };
        let reply_to = self.asking_message().filter(|_| !self.update.private);
        let send = |_| async {
            let ReplyMessage { text, keyboard } = said;
            let answer = self.deps.bot.send_reply(self.update.chat, reply_to, text, keyboard).await;
            Ok::<_, HandlerError>(send_report(answer.map(|sent| vec![sent])))
        };
        let ledger = DeliveryLedger::new(self.deps.db.clone(), self.deps.environment.clone());
        let sent = ledger.send_once(target, Utc::now, send).await?.sent;
        Ok(sent.map_or(SendAttempt::SentBefore, SendAttempt::Over))
    }

    /// Collects the reply for the event about it; an error if it has to be sent again.
    pub(super) async fn finish_reply(&self, fault: Option<SendError>) -> Result<(), HandlerError> {
        if let Some(wait) = fault.as_ref().and_then(SendError::retry_after) {
            // Every sender of this chat waits.
            let chat = self.update.chat.id;
            self.deps.rate_limiter.silence(chat, wait, Utc::now()).await?;
        }
        match fault {
            None => self.record_reply("text", true),
            Some(fault) if fault.effect() == Effect::NotSentRetry => {
                return Err(telegram_error(fault));
            }
            Some(fault) => {
                tracing::warn!("a reply was not sent: {fault}");
                self.record_reply("text", false);
            }
        }
        Ok(())
    }
}
