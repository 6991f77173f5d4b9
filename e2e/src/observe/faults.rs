//! What goes wrong, and which alerts have to fire for it.

use std::{fs, process::Command, time::Duration};

use anyhow::{Context as _, bail};
use domain::Language;
use serde_json::json;
use temporalio_client::{
    UntypedWorkflow, WorkflowGetResultOptions, WorkflowStartOptions, WorkflowTerminateOptions,
};
use testkit::{
    FakeModelServer, ModelResponse, RedisServer,
    audit::AuditedRequest,
    bot_api::{Actor, BotApiFault},
    cluster::{Cluster, Member, TableLock},
    eventually, schedules,
};
use workers::Pool;
use workflows::{maintenance::ReconcileWorkflow, queues};

use super::monitors::Monitors;
use crate::kill;

/// How long Telegram asks to wait in each 429.
const TELEGRAM_WAIT: Duration = Duration::from_secs(5);

/// A carousel that is this old is looked at by reconciliation.
const LONG_AGO: Duration = Duration::from_secs(2 * 60 * 60);

/// The deadline for one carousel.
const PATIENCE: Duration = Duration::from_secs(60);

/// People who ask for more than they may.
const FLOODERS: u32 = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    UnknownDeliveries,
    ModelRefuses,
    ModelFails,
    FewDescriptors,
    WorkflowStuck,
    ScheduleMissed,
    PoolKilled,
    Flood,
    WorkflowsTerminated,
    DatabaseStopped,
    DatabaseLocked,
    RelayLocked,
    TelegramLimits,
    RequestRefused,
}

/// The system that is observed.
pub(super) struct World {
    pub(super) cluster: Cluster,
    pub(super) monitors: Monitors,
    pub(super) model: FakeModelServer,
    pub(super) owner: Actor,
    /// How many people have written so far.
    pub(super) people: u32,
    /// How many carousels were ordered on the command line so far.
    pub(super) orders: u32,
    pub(super) flooders: Vec<Actor>,
    pub(super) lock: Option<TableLock>,
    pub(super) redis: RedisServer,
}

impl Fault {
    /// In this order: what takes long to resolve comes first.
    pub(super) const ALL: [Self; 14] = [
        Self::UnknownDeliveries,
        Self::ModelRefuses,
        Self::ModelFails,
        Self::FewDescriptors,
        Self::WorkflowStuck,
        Self::ScheduleMissed,
        Self::PoolKilled,
        Self::Flood,
        Self::WorkflowsTerminated,
        Self::DatabaseStopped,
        Self::DatabaseLocked,
        Self::RelayLocked,
        Self::TelegramLimits,
        Self::RequestRefused,
    ];

    /// A minute's worth.
    pub(super) const SHORT: [Self; 4] =
        [Self::ModelRefuses, Self::FewDescriptors, Self::WorkflowStuck, Self::DatabaseStopped];

    /// For the table.
    pub(super) const fn what(self) -> &'static str {
        match self {
            Self::UnknownDeliveries => "Telegram accepts three albums and closes the connection",
            Self::ModelRefuses => "the model's server answers 401",
            Self::ModelFails => "the model's server answers 500",
            Self::FewDescriptors => "the render pool may open few more files",
            Self::WorkflowStuck => "a workflow is reported as stuck",
            Self::ScheduleMissed => "a schedule runs three hours late",
            Self::PoolKilled => "the render pool is killed (-9) while carousels are in progress",
            Self::Flood => "eight people ask for more than they may",
            Self::WorkflowsTerminated => "two workflows are terminated by hand",
            Self::DatabaseStopped => "PostgreSQL is stopped",
            Self::DatabaseLocked => "a table of PostgreSQL is locked",
            Self::RelayLocked => "the outbox is locked",
            Self::TelegramLimits => "Telegram answers 429 to every message",
            Self::RequestRefused => "an unknown source sends a request event",
        }
    }

    /// The alerts that fire while it lasts.
    pub(super) const fn alerts(self) -> &'static [&'static str] {
        match self {
            Self::UnknownDeliveries => &["VibecoderUnknownDeliveries"],
            Self::ModelRefuses => &["VibecoderModelRefusesUs", "VibecoderCarouselsFailing"],
            Self::ModelFails => &["VibecoderBreakerOpen"],
            Self::FewDescriptors => &["VibecoderDescriptorsExhausted"],
            Self::WorkflowStuck => &["VibecoderWorkflowsStuck"],
            Self::ScheduleMissed => &["VibecoderSchedulesMissed"],
            Self::PoolKilled => {
                &["VibecoderTargetDown", "VibecoderNoPoller", "VibecoderBacklogOld"]
            }
            Self::Flood => &["VibecoderRefusals"],
            Self::WorkflowsTerminated => &["VibecoderCarouselsLost"],
            Self::DatabaseStopped => &["VibecoderDependencyDown"],
            Self::DatabaseLocked => &["VibecoderDatabasePoolExhausted"],
            Self::RelayLocked => &["VibecoderOutboxOld"],
            Self::TelegramLimits => &["VibecoderTelegramLimits", "VibecoderUpdatesRetried"],
            Self::RequestRefused => &["VibecoderRequestsNotCarriedOut"],
        }
    }

    /// The alerts that fire when it is over: about requests that took too long.
    pub(super) const fn alerts_afterwards(self) -> &'static [&'static str] {
        match self {
            Self::PoolKilled => &["VibecoderCarouselFinishSlow"],
            Self::TelegramLimits => &["VibecoderFirstAnswerSlow"],
            _ => &[],
        }
    }

    /// How many messages the owner gets about each of its alerts: begin and end. The gateway needs its
    /// database to send them; of an alert without it, none or only the end arrives.
    pub(super) const fn messages(self) -> usize {
        match self {
            Self::DatabaseStopped | Self::DatabaseLocked => 0,
            Self::RelayLocked => 1,
            _ => 2,
        }
    }

    pub(super) async fn begin(self, world: &mut World) -> anyhow::Result<()> {
        let telegram = world.cluster.telegram().clone();
        match self {
            Self::UnknownDeliveries => {
                let dropped = BotApiFault::accept_then_drop().on("sendMediaGroup").times(3);
                telegram.fault(dropped).await;
                world.people_write(3, "Why tests matter").await;
            }
            Self::ModelRefuses => world.model_answers(401, "wrong key"),
            Self::ModelFails => world.model_answers(500, "overloaded"),
            Self::FewDescriptors => world.limit_descriptors()?,
            Self::WorkflowStuck => {
                let request = world.order().await?;
                let ended = world.cluster.ended(&request, PATIENCE).await?;
                ended.context("the carousel does not end")?;
                kill::raise_alarm(world.cluster.client().await?, request.id).await?;
            }
            Self::ScheduleMissed => world.run_schedule_late().await?,
            Self::PoolKilled => {
                world.cluster.kill(Pool::Render);
                world.people_write(3, "Why tests matter").await;
            }
            Self::Flood => {
                world.cluster.kill(Pool::Render);
                for _ in 0..FLOODERS {
                    let person = world.person().await;
                    world.flooders.push(person);
                }
            }
            Self::WorkflowsTerminated => {
                world.cluster.kill(Pool::Render);
                world.lose_carousels().await?;
            }
            Self::DatabaseStopped => {
                world.cluster.stop(Member::Postgres).await;
            }
            Self::DatabaseLocked => {
                world.lock = Some(world.cluster.lock_table("users").await?);
            }
            Self::RelayLocked => {
                world.people_write(1, "Why tests matter").await;
                world.lock = Some(world.cluster.lock_table("leases").await?);
            }
            Self::TelegramLimits => {
                telegram
                    .fault(BotApiFault::too_many(TELEGRAM_WAIT).on("sendMessage").always())
                    .await;
            }
            Self::RequestRefused => {
                let event = json!({
                    "specversion": "1.0", "id": "1", "source": "/unknown",
                    "type": "carousel.generate.requested", "data": { "topic": "Git" },
                });
                let event = event.to_string();
                world.redis.cli(&["xadd", "vibecoder:requests", "*", "event", &event]);
            }
        }
        Ok(())
    }

    /// Makes it worse, every second while it lasts.
    pub(super) async fn repeat(self, world: &mut World) {
        match self {
            Self::ModelRefuses | Self::ModelFails => world.people_write(1, "Apache Kafka").await,
            Self::Flood => {
                for person in &world.flooders {
                    person.sends_text("Why tests matter").await;
                }
            }
            Self::DatabaseLocked | Self::TelegramLimits => world.people_write(2, "/help").await,
            _ => {}
        }
    }

    pub(super) async fn end(self, world: &mut World) -> anyhow::Result<()> {
        match self {
            Self::UnknownDeliveries
            | Self::WorkflowStuck
            | Self::ScheduleMissed
            | Self::RequestRefused => {}
            Self::ModelRefuses | Self::ModelFails => {
                world.model.set_default_response(ModelResponse::Write(Language::En));
            }
            Self::FewDescriptors => world.cluster.restart(Pool::Render).await?,
            Self::PoolKilled | Self::Flood | Self::WorkflowsTerminated => {
                world.cluster.start(Pool::Render).await?;
            }
            Self::DatabaseStopped => world.cluster.start(Member::Postgres).await?,
            Self::DatabaseLocked | Self::RelayLocked => world.lock = None,
            Self::TelegramLimits => world.cluster.telegram().no_faults().await,
        }
        world.monitors.set_targets(&world.cluster)
    }
}

impl World {
    async fn person(&mut self) -> Actor {
        self.people += 1;
        let name = format!("Person {}", self.people);
        self.cluster.telegram().person_speaking(&name, "en").await
    }

    /// New people write, each once.
    pub(super) async fn people_write(&mut self, count: u32, text: &str) {
        for _ in 0..count {
            self.person().await.sends_text(text).await;
        }
    }

    fn model_answers(&self, status: u16, reason: &str) {
        let answer = ModelResponse::Answer(status, Vec::new(), reason.to_owned());
        self.model.set_default_response(answer);
    }

    /// Orders a carousel on the command line.
    async fn order(&mut self) -> anyhow::Result<AuditedRequest> {
        self.orders += 1;
        let key = format!("observe-{}", self.orders);
        Ok(self.cluster.order(&key, "Why tests matter").await?)
    }

    /// Lowers the limit of open files of the render pool to a few above its present number.
    fn limit_descriptors(&self) -> anyhow::Result<()> {
        let pid = self.cluster.pid(Pool::Render).context("the render pool does not run")?;
        let open = fs::read_dir(format!("/proc/{pid}/fd"))?.count();
        let limit = open + open / 8 + 2;
        let limited = Command::new("prlimit")
            .args([format!("--pid={pid}"), format!("--nofile={limit}:{limit}")])
            .status()
            .context("prlimit (Debian: util-linux)")?;
        if limited.success() { Ok(()) } else { bail!("prlimit failed: {limited}") }
    }

    /// Terminates two workflows in progress, and lets reconciliation find them.
    async fn lose_carousels(&mut self) -> anyhow::Result<()> {
        let client = self.cluster.client().await?;
        for _ in 0..2 {
            let request = self.order().await?;
            eventually("the carousel is stored", async || {
                self.cluster.backdate(&request, LONG_AGO).await.ok()
            })
            .await;
            let handle = client.get_workflow_handle::<UntypedWorkflow>(&request.id);
            handle.terminate(WorkflowTerminateOptions::default()).await?;
        }
        let start = WorkflowStartOptions::new(queues::CAROUSEL, "observe-reconcile").build();
        let begun = client.start_workflow(ReconcileWorkflow::run, (), start).await?;
        begun.get_result(WorkflowGetResultOptions::default()).await?;
        Ok(())
    }

    /// A person's schedule runs for a time three hours ago.
    async fn run_schedule_late(&mut self) -> anyhow::Result<()> {
        let person = self.person().await;
        person.asks("/schedule daily 09:00 Why tests matter", "every day").await;
        let client = self.cluster.client().await?;
        let listed = async || schedules::find_schedule(&client, "sched-").await.ok().flatten();
        let schedule = eventually("the schedule is listed", listed).await;
        schedules::run_late(&client, &schedule, [27, 3]).await?;
        Ok(())
    }
}
