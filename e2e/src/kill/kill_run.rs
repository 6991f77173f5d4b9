//! One kill: a cluster, a carousel, and the process that a failpoint holds; it is killed there and
//! restarted, and then every request is audited.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use testkit::{
    audit::{AuditReport, AuditedRequest, FindingClass},
    cluster::{Cluster, ClusterPlan, Member, MemberId},
    failpoints::{FailpointAction, Failpoints, hold_log_line},
};
use workers::Pool;

use super::{
    ClusterDatabase,
    chat_scenario::{Actors, ChatScenario},
    kill_point::{CarouselPath, KillPoint},
    privacy,
};
use crate::cli::note;

/// The deadline for a process to reach the point.
pub(super) const REACHED: Duration = Duration::from_secs(60);

/// The deadline for the end: a killed worker is detected after a heartbeat timeout of 10 s, a
/// gateway after 25 s.
const ENDED: Duration = Duration::from_secs(90);

pub(crate) struct KillRun {
    point: KillPoint,
    database: ClusterDatabase,
    chat: bool,
}

/// Converts a panic of a chat helper, which is how it reports a timeout, to an error.
async fn in_chat<T: Send + 'static>(
    errand: impl Future<Output = anyhow::Result<T>> + Send + 'static,
) -> anyhow::Result<T> {
    let done = tokio::spawn(errand).await;
    done.context("a wait in the chat timed out")?
}

pub(super) fn path_to(point: &KillPoint, chat: bool) -> CarouselPath {
    if chat { point.path_in_chat() } else { point.path() }
}

pub(crate) struct KillResult {
    pub(crate) killed: MemberId,
    /// The expected outcome of each carousel.
    pub(crate) expected: Vec<(String, &'static str)>,
    pub(crate) report: AuditReport,
    /// From the kill to the carousel's end.
    pub(crate) recovery: Duration,
}

impl KillResult {
    pub(crate) fn holds(&self) -> bool {
        let ended = |(id, outcome): &(String, &str)| {
            let row = self.report.row(id);
            row.is_some_and(|row| row.stored == *outcome)
        };
        self.report.has_no_findings() && self.expected.iter().all(ended)
    }

    pub(crate) fn lost(&self) -> usize {
        self.report.count(FindingClass::Lost)
    }

    pub(crate) fn duplicated(&self) -> usize {
        self.report.count(FindingClass::Duplicated)
    }

    pub(crate) fn unknown(&self) -> usize {
        self.report.ended("unknown")
    }
}

impl KillRun {
    pub(crate) fn new(point: KillPoint, database: ClusterDatabase, chat: bool) -> Self {
        Self { point, database, chat }
    }

    fn path(&self) -> CarouselPath {
        path_to(&self.point, self.chat)
    }

    pub(crate) async fn run(self) -> anyhow::Result<KillResult> {
        if self.path() == CarouselPath::Unreachable {
            bail!("no carousel of these tests reaches {}", self.point);
        }
        let mut cluster = self.plan()?.start().await?;
        note(format!("{}: logs are in {}", self.point, cluster.folder().display()));
        let journey = self.path();
        let company = if self.chat {
            let client = cluster.client().await?;
            Some(Actors::join(client, cluster.telegram()).await)
        } else {
            None
        };
        if let Some((company, errand)) = company.clone().zip(journey.chat_scenario()) {
            in_chat(errand.prepare(company)).await?;
        }
        let request = match &company {
            Some(company) => company.order_for(journey.chat_scenario()).await,
            None => cluster.order("killed", "Почему тесты важны").await?,
        };
        let outcome = if self.chat && self.point.leaves_album_unknown() {
            "unknown"
        } else {
            journey.outcome()
        };
        // A deletion leaves no carousel to audit.
        let forgets = journey.chat_scenario() == Some(ChatScenario::Forget);
        let mut ends = vec![(request.clone(), outcome)];
        ends.retain(|_| !forgets);
        let mut promise = None;
        let (killed, died) =
            if let Some((company, errand)) = company.clone().zip(journey.chat_scenario()) {
                let run = in_chat(errand.run(company, request.clone()));
                let (killed, done) = tokio::join!(self.kill(&mut cluster), run);
                let (killed, done) = (killed?, done?);
                promise = Some(done.row(errand, self.point.leaves_message_unknown()));
                ends.extend(done.requests);
                killed
            } else if let Some(chore) = journey.workflow_scenario() {
                chore.prepare(&cluster, &request).await?;
                let run = chore.run(cluster.client().await?, request.id.clone());
                let run = tokio::time::timeout(REACHED + ENDED, run);
                let (killed, done) = tokio::join!(self.kill(&mut cluster), run);
                let killed = killed?;
                done.with_context(|| format!("{chore:?} did not end"))??;
                killed
            } else {
                self.kill(&mut cluster).await?
            };
        // A terminated workflow has no result to wait for.
        let waits = journey != CarouselPath::Lost && !forgets;
        if waits && cluster.ended(&request, ENDED).await?.is_none() {
            // The audit reports it, with more detail than an error here.
            note(format!("the carousel did not end within {ENDED:?}"));
        }
        let recovery = died.elapsed();
        let requests: Vec<AuditedRequest> = ends.iter().map(|(one, _)| one.clone()).collect();
        let forgotten = company.filter(|_| forgets);
        let leftovers = match &forgotten {
            Some(company) => Some(privacy::leftovers(&cluster, company).await?),
            None => None,
        };
        let mut report = cluster.audit_when_idle(&requests, ENDED).await?;
        if let Some(company) = &forgotten {
            privacy::without_pictures(&mut report, company);
        }
        report.rows.extend(leftovers);
        report.rows.extend(promise);
        Ok(KillResult {
            killed,
            expected: ends.into_iter().map(|(one, end)| (one.id, end)).collect(),
            report,
            recovery,
        })
    }

    /// Kills the process that reaches the point, and restarts it; returns which, and when.
    async fn kill(&self, cluster: &mut Cluster) -> anyhow::Result<(MemberId, Instant)> {
        let held = cluster.wait_for_log(&hold_log_line(self.point.name()), REACHED).await;
        let killed = held.with_context(|| format!("no process reached {}", self.point))?;
        cluster.kill(killed);
        let died = Instant::now();
        cluster.failpoints(killed, &self.without_hold(killed)?);
        cluster.start(killed).await?;
        Ok((killed, died))
    }

    /// Every process holds at the point, because it is not known which one reaches it.
    fn plan(&self) -> anyhow::Result<ClusterPlan> {
        let program = std::env::current_exe().context("the path of this program")?;
        let mut plan = ClusterPlan::new(program).with(Member::Gateway);
        match self.database {
            ClusterDatabase::Sqlite => {}
            ClusterDatabase::Postgres => plan = plan.postgres(),
        }
        if self.chat {
            // The first person who writes.
            plan = plan.bot_api().env("BOT_ADMINS", "1000001");
        }
        let gateway = Failpoints::at(self.point.name(), FailpointAction::Hold);
        plan = plan.failpoints(Member::Gateway, gateway.map_err(anyhow::Error::msg)?);
        for pool in Pool::ALL {
            let points = self.path().failpoints(pool);
            let points =
                points.and_then(|points| points.and(self.point.name(), FailpointAction::Hold));
            plan = plan.failpoints(pool, points.map_err(anyhow::Error::msg)?);
        }
        Ok(plan)
    }

    /// The same carousel has to pass the point a second time.
    fn without_hold(&self, seat: MemberId) -> anyhow::Result<Failpoints> {
        match seat.member {
            Member::Pool(pool) => {
                let points = self.path().failpoints(pool);
                points.map_err(anyhow::Error::msg)
            }
            Member::Temporal
            | Member::Postgres
            | Member::BotApi
            | Member::Model
            | Member::Gateway => Ok(Failpoints::none()),
        }
    }
}
