//! User actions besides the order of a carousel. Each ends with something that the user sees
//! exactly once, even if a process is killed: a promise with a row of its own in the audit. Only
//! text replies and requested files are at-least-once: after an unknown outcome they are sent
//! again.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use anyhow::{Context as _, bail};
use futures::TryStreamExt as _;
use runtime::describe::describe;
use temporalio_client::{Client, WorkflowListOptions};
use testkit::{
    audit::{AuditDestination, AuditRow, AuditedRequest, Finding, FindingClass},
    bot_api::{Actor, ActorGroup, FakeBotApi, FakeChat, FakeMessage, MessageContent},
    schedules,
};

use super::privacy;

/// The deadline for the user to see the result.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// The polling interval.
pub(super) const LOOK: Duration = Duration::from_millis(300);

/// The text of the broadcast.
const BROADCAST_TEXT: &str = "Slides have got a new look";

/// The answer to pictures without a word.
const REFUSED: &str = "can't make a carousel from that";

/// A user action in a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChatScenario {
    /// Orders by a paste that Telegram splits, while another person sends an album and orders in a
    /// group that becomes a supergroup.
    Group,
    Edit,
    /// Requests the original files.
    Files,
    /// Reviews the draft before it is rendered.
    Review,
    Question,
    /// Gets a scheduled carousel.
    Schedule,
    /// Has a schedule, but has blocked the bot.
    PausedSchedule,
    DailyTip,
    /// An administrator sends a broadcast to all subscribers.
    Broadcast,
    /// An administrator broadcasts a carousel.
    Album,
    /// Gets a copy of their data.
    Export,
    /// Deletes their data.
    Forget,
}

/// The people in the chat, and a Temporal client.
#[derive(Clone)]
pub(crate) struct Actors {
    client: Client,
    telegram: FakeBotApi,
    /// An administrator of the bot.
    pub(crate) admin: Actor,
    /// The user who orders the carousel.
    pub(crate) ann: Actor,
    /// The carousel that was ordered in a group before it became this supergroup.
    moved: Arc<OnceLock<(AuditedRequest, ActorGroup)>>,
}

/// The result of a user action.
pub(crate) struct ScenarioResult {
    /// The carousels that it started, with the expected outcome of each.
    pub(crate) requests: Vec<(AuditedRequest, &'static str)>,
    seen: Vec<Observation>,
}

/// How often the user saw something.
#[derive(Clone, Copy)]
struct Observation {
    what: &'static str,
    times: usize,
    wanted: usize,
    /// Whether it is sent again after an unknown outcome.
    may_repeat: bool,
}

impl Actors {
    /// Adds the people, who write to the bot of this fake for the first time.
    pub(crate) async fn join(client: Client, telegram: &FakeBotApi) -> Self {
        let telegram = telegram.clone().with_timeout(PATIENCE);
        let boss = telegram.person_speaking("Boss", "en").await;
        let ann = telegram.person_speaking("Ann", "en").await;
        Self { client, telegram, admin: boss, ann, moved: Arc::default() }
    }

    pub(crate) async fn order(&self) -> AuditedRequest {
        self.orders(&self.ann, "Why tests matter").await
    }

    /// Orders as this scenario does.
    pub(crate) async fn order_for(&self, scenario: Option<ChatScenario>) -> AuditedRequest {
        if scenario != Some(ChatScenario::Group) {
            return self.order().await;
        }
        self.admin.sends_album(3, b"a picture", "").await;
        self.order_and_migrate().await;
        let sentence = "Tests give the courage to change code. A test says at once what broke. \
                        Write one for each bug. Run all of them before a release. ";
        let request = self.orders(&self.ann, sentence.repeat(31).trim_end()).await;
        self.ann.sends_text(sentence.repeat(29).trim_end()).await;
        self.ann.sends_text("That was all.").await;
        request
    }

    /// The administrator orders in a group, which becomes a supergroup at once.
    async fn order_and_migrate(&self) {
        let group = self.telegram.basic_group("Makers").await;
        let message = self.admin.sends_text_in(&group, "/carousel Clean code").await;
        let bot = self.telegram.token().split(':').next().unwrap_or_default();
        let id = format!("carousel-tg-{bot}-{}-{message}", group.id);
        let supergroup = group.migrates().await;
        let destination = AuditDestination::Chat(supergroup.id);
        let _ = self.moved.set((AuditedRequest { id, destination }, supergroup));
    }

    async fn orders(&self, person: &Actor, topic: &str) -> AuditedRequest {
        order(&self.telegram, person, topic).await
    }
}

/// Orders a carousel in a private chat.
pub(crate) async fn order(telegram: &FakeBotApi, person: &Actor, topic: &str) -> AuditedRequest {
    let bot = telegram.token().split(':').next().unwrap_or_default();
    let message = person.sends_text(topic).await;
    AuditedRequest {
        id: format!("carousel-tg-{bot}-{}-{message}", person.id),
        destination: AuditDestination::Chat(person.id),
    }
}

impl ChatScenario {
    /// The preconditions, before the carousel is ordered.
    pub(crate) async fn prepare(self, company: Actors) -> anyhow::Result<()> {
        let Actors { ann, admin: boss, .. } = &company;
        match self {
            Self::Review => {
                let settings = ann.asks("/settings", "Draft before drawing: no").await;
                ann.presses_for(&settings, "Draft", "Draft before drawing: yes").await;
            }
            Self::Broadcast | Self::Album => {
                let hello = ann.asks("/start", "Hi!").await;
                ann.presses_data(ann.id, hello.id, "v:news:start").await;
                ann.waits_for_text("I will send you news").await;
                boss.asks("/myid", "Your ID").await;
            }
            Self::Group
            | Self::Edit
            | Self::Files
            | Self::Question
            | Self::Schedule
            | Self::PausedSchedule
            | Self::DailyTip
            | Self::Export
            | Self::Forget => {}
        }
        Ok(())
    }

    /// Runs the action until its result is seen. The carousel was ordered before.
    pub(crate) async fn run(
        self,
        company: Actors,
        first: AuditedRequest,
    ) -> anyhow::Result<ScenarioResult> {
        let Actors { ann, admin: boss, .. } = &company;
        if self == Self::Review {
            let outline = ann.waits_for_text("Draft\n").await;
            ann.presses(&outline, "Draw it").await;
        }
        let ready = ann.waits_for_text("Done. What next?").await;
        let mut requests = Vec::new();
        match self {
            Self::Review => {}
            Self::Group => {
                boss.waits_for_text(REFUSED).await;
                let (moved, supergroup) = company.moved.get().context("a group was moved")?;
                requests.push((moved.clone(), "delivered"));
                supergroup.waits_for_text("Done. What next?").await;
                // Updates of a chat run in order: what was sent before is finished.
                boss.asks("/myid", "Your ID").await;
                ann.asks("/myid", "Your ID").await;
            }
            Self::Edit => {
                let menu = ann.presses_for(&ready, "Edit a slide", "Which slide").await;
                let third = menu.buttons().get(2).and_then(|row| row.first()).cloned();
                let third = third.context("there is no third slide")?;
                ann.presses_for(&menu, &third.text, "Slide 3 of").await;
                ann.asks("Small steps\nOne test, one change, one commit.", "Slide 3 is updated")
                    .await;
            }
            Self::Files => {
                ann.presses(&ready, "Files").await;
                ann.waits_for(|chat| (documents(chat) >= FILES).then_some(())).await;
            }
            Self::Question => {
                ann.asks("/ask Why do tests matter?", "From our notes").await;
            }
            Self::Schedule => {
                ann.asks("/schedule hourly Clean code", "Clean code").await;
                trigger_first(&company.client, "sched-").await?;
                ann.waits_for(|chat| (delivered_albums(chat) == 2).then_some(())).await;
                requests.push((scheduled_carousel(&company, &first).await?, "delivered"));
            }
            Self::PausedSchedule => {
                ann.asks("/schedule hourly Clean code", "Clean code").await;
                // Without an update that would pause the schedule first.
                ann.deletes_account().await;
                let schedule = trigger_first(&company.client, "sched-").await?;
                until(|| is_paused(&company.client, &schedule)).await?;
                requests.push((scheduled_carousel(&company, &first).await?, "failed"));
            }
            Self::DailyTip => {
                let settings = ann.asks("/settings", "Daily tip: no").await;
                let hours = ann.presses_for(&settings, "Daily tip", "At what time").await;
                ann.presses_for(&hours, "08:00", "Daily tip: every day").await;
                trigger_first(&company.client, "thoughts-").await?;
                ann.waits_for_text("— our note").await;
            }
            Self::Broadcast => {
                let question =
                    boss.asks(&format!("/broadcast {BROADCAST_TEXT}"), "Send it to 1 person").await;
                boss.presses_for(&question, "Send", "The broadcast is over").await;
            }
            Self::Album => {
                requests.push((company.orders(boss, "Clean code").await, "delivered"));
                boss.waits_for_text("Done. What next?").await;
                let choices = boss.asks("/broadcast", "Or one of your carousels").await;
                let question =
                    boss.presses_for(&choices, "Clean code", "Send it to 1 person").await;
                boss.presses_for(&question, "Send", "The broadcast is over").await;
            }
            Self::Export => {
                ann.sends_text("/export").await;
                ann.waits_for(|chat| (documents(chat) > 0).then_some(())).await;
            }
            Self::Forget => {
                until(|| is_idle(&company.client)).await?;
                privacy::forget(ann).await;
            }
        }
        until(|| is_idle(&company.client)).await?;
        let seen = self.observations(&company).await;
        Ok(ScenarioResult { requests, seen })
    }

    async fn observations(self, company: &Actors) -> Vec<Observation> {
        let ann = &company.ann.chat().await;
        let said = |chat: &FakeChat, words: &str| {
            let has = |message: &&FakeMessage| message.text().contains(words);
            chat.bot_messages().filter(has).count()
        };
        let word = |what, times, wanted| Observation { what, times, wanted, may_repeat: true };
        let files =
            Observation { what: "files", times: documents(ann), wanted: FILES, may_repeat: true };
        let news = Observation {
            what: "the news",
            times: said(ann, BROADCAST_TEXT),
            wanted: 1,
            may_repeat: false,
        };
        match self {
            Self::Group => {
                let boss = company.admin.chat().await;
                let albums =
                    Observation { what: "albums", times: ann.albums().len(), wanted: 1, ..news };
                let moved = match company.moved.get() {
                    Some((_, supergroup)) => supergroup.chat().await.albums().len(),
                    None => 0,
                };
                let moved = Observation { what: "albums in the group", times: moved, ..albums };
                vec![albums, moved, word("the answer to an album", said(&boss, REFUSED), 1)]
            }
            Self::Edit => vec![word("the new slide", said(ann, "Slide 3 is updated"), 1)],
            Self::Files => vec![files],
            Self::Review => vec![word("the draft", said(ann, "Draft\n"), 1)],
            Self::Question => vec![word("the answer", said(ann, "From our notes"), 1)],
            Self::Schedule => vec![word("what comes after an album", delivered_albums(ann), 2)],
            Self::PausedSchedule => {
                vec![word("what comes after an album", delivered_albums(ann), 1)]
            }
            Self::DailyTip => {
                vec![Observation { what: "the thought", times: said(ann, "— our note"), ..news }]
            }
            Self::Album => vec![Observation {
                what: "albums",
                times: ann.albums().len(),
                wanted: 2,
                may_repeat: false,
            }],
            Self::Broadcast => {
                let boss = company.admin.chat().await;
                let report = word("the report", said(&boss, "The broadcast is over"), 1);
                vec![news, report]
            }
            Self::Export => vec![Observation { wanted: 1, ..files }],
            Self::Forget => vec![word("the notice", said(ann, privacy::FORGOTTEN), 1)],
        }
    }
}

impl ScenarioResult {
    /// The row of the audit; `in_doubt` if the process was killed between a sending and its record.
    pub(crate) fn row(&self, errand: ChatScenario, in_doubt: bool) -> AuditRow {
        let most = |seen: &Observation| seen.wanted + usize::from(seen.may_repeat && in_doubt);
        let wrong = self.seen.iter().filter_map(|seen| {
            let class = if seen.times < seen.wanted {
                FindingClass::Lost
            } else if seen.times > most(seen) {
                FindingClass::Duplicated
            } else {
                return None;
            };
            let what = format!("{}: {} times, and not {}", seen.what, seen.times, seen.wanted);
            Some(Finding { class, what })
        });
        let sum = |of: &dyn Fn(&Observation) -> usize| self.seen.iter().map(of).sum::<usize>();
        let (times, wanted, most) = (sum(&|s| s.times), sum(&|s| s.wanted), sum(&most));
        AuditRow {
            what: format!("{errand:?}").to_lowercase(),
            workflow: "-".to_owned(),
            stored: "-".to_owned(),
            events: 0,
            arrived: if wanted == most {
                format!("{times} of {wanted}")
            } else {
                format!("{times} of {wanted} to {most}")
            },
            findings: wrong.collect(),
        }
    }
}

/// Seven slides, a PDF and a ZIP.
const FILES: usize = 9;

fn documents(chat: &FakeChat) -> usize {
    let document =
        |message: &&FakeMessage| matches!(message.content, MessageContent::Document { .. });
    chat.bot_messages().filter(document).count()
}

/// The number of messages that report a delivered album.
fn delivered_albums(chat: &FakeChat) -> usize {
    let end = |message: &&FakeMessage| message.text().contains("Done. What next?");
    chat.bot_messages().filter(end).count()
}

/// Triggers the first schedule with this id prefix, as if its time had come.
pub(crate) async fn trigger_first(client: &Client, prefix: &str) -> anyhow::Result<String> {
    let id = until(|| async { Ok(schedules::find_schedule(client, prefix).await?) }).await?;
    schedules::trigger_schedule(client, &id).await?;
    Ok(id)
}

pub(crate) async fn is_paused(client: &Client, schedule: &str) -> anyhow::Result<Option<()>> {
    let described = schedules::describe_schedule(client, schedule).await?;
    Ok(described.schedule.and_then(|one| one.state).is_some_and(|state| state.paused).then_some(()))
}

async fn scheduled_carousel(
    company: &Actors,
    first: &AuditedRequest,
) -> anyhow::Result<AuditedRequest> {
    let other = || async {
        let all = workflows(&company.client, "WorkflowType = 'CarouselWorkflow'").await?;
        Ok(all.into_iter().find(|id| *id != first.id))
    };
    Ok(AuditedRequest { id: until(other).await?, destination: first.destination.clone() })
}

/// Whether no workflow is in progress. One that waits for edits stays open for minutes and does not
/// count.
pub(crate) async fn is_idle(client: &Client) -> anyhow::Result<Option<()>> {
    let others = "ExecutionStatus = 'Running' AND WorkflowType != 'RevisionWorkflow'";
    if !workflows(client, others).await?.is_empty() {
        return Ok(None);
    }
    let waiting = "ExecutionStatus = 'Running' AND WorkflowType = 'RevisionWorkflow'";
    for id in workflows(client, waiting).await? {
        let Some(described) = describe(client, &id).await? else {
            continue;
        };
        let raw = described.raw();
        if !raw.pending_activities.is_empty() || raw.pending_workflow_task.is_some() {
            return Ok(None);
        }
    }
    Ok(Some(()))
}

async fn workflows(client: &Client, query: &str) -> anyhow::Result<Vec<String>> {
    let listed = client.list_workflows(query, WorkflowListOptions::default());
    let ids = listed.map_ok(|found| found.id().to_owned());
    let ids: Vec<String> = Box::pin(ids).try_collect().await?;
    Ok(ids)
}

/// Polls until `look` finds something.
pub(crate) async fn until<T, F>(mut look: impl FnMut() -> F) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<Option<T>>>,
{
    let looking = async {
        loop {
            if let Some(found) = look().await? {
                return anyhow::Ok(found);
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    match tokio::time::timeout(PATIENCE, looking).await {
        Ok(found) => found,
        Err(_) => bail!("timed out after {PATIENCE:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(again: bool, times: usize, in_doubt: bool) -> AuditRow {
        let seen = Observation { what: "the news", times, wanted: 1, may_repeat: again };
        let done = ScenarioResult { requests: Vec::new(), seen: vec![seen] };
        done.row(ChatScenario::Broadcast, in_doubt)
    }

    #[test]
    fn unseen_is_lost_and_repeated_is_duplicated() {
        let class = |row: AuditRow| row.findings.first().map(|finding| finding.class);
        assert_eq!(class(row(true, 1, false)), None);
        assert_eq!(class(row(true, 0, true)), Some(FindingClass::Lost));
        assert_eq!(class(row(true, 2, false)), Some(FindingClass::Duplicated));
        assert_eq!(class(row(true, 2, true)), None, "rather than never");
        assert_eq!(row(true, 2, true).arrived, "2 of 1 to 2");
        assert_eq!(class(row(true, 3, true)), Some(FindingClass::Duplicated));
        assert_eq!(class(row(false, 2, true)), Some(FindingClass::Duplicated));
    }
}
