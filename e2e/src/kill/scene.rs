//! One kill: a cluster, a carousel, the process that holds it at a point killed there and started
//! again; then everything is accounted for.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use testkit::{
    audit::{Class, Report, Request},
    cluster::{Cluster, Member, Plan, Seat},
    failpoints::{Action, Failpoints, held_at},
};
use workers::Pool;

use super::{
    Database,
    errand::Company,
    point::{Journey, Point},
};
use crate::cli::note;

/// How long until somebody is at the point.
pub(super) const REACHED: Duration = Duration::from_secs(60);

/// How long until the end: a dead worker is missed after ten seconds of silence, a gateway after 25.
const ENDED: Duration = Duration::from_secs(90);

/// A kill that is to be played.
pub(crate) struct Scene {
    point: Point,
    database: Database,
    chat: bool,
}

/// Somebody who does not see in time what they wait for panics, as in a test: here that is an error.
async fn in_chat<T: Send + 'static>(
    errand: impl Future<Output = anyhow::Result<T>> + Send + 'static,
) -> anyhow::Result<T> {
    let done = tokio::spawn(errand).await;
    done.context("somebody waited in vain in a chat")?
}

/// The way on which a carousel comes to a point.
pub(super) fn journey(point: &Point, chat: bool) -> Journey {
    if chat {
        point.journey_in_chat()
    } else {
        point.journey()
    }
}

/// What came of it.
pub(crate) struct Played {
    /// Who was killed.
    pub(crate) killed: Seat,
    /// How each carousel was to end.
    pub(crate) expected: Vec<(String, &'static str)>,
    /// The account.
    pub(crate) report: Report,
    /// From the kill to the carousel's end.
    pub(crate) recovery: Duration,
}

impl Played {
    pub(crate) fn holds(&self) -> bool {
        let ended = |(id, outcome): &(String, &str)| {
            let row = self.report.row(id);
            row.is_some_and(|row| row.stored == *outcome)
        };
        self.report.holds() && self.expected.iter().all(ended)
    }

    pub(crate) fn lost(&self) -> usize {
        self.report.count(Class::Lost)
    }

    pub(crate) fn duplicated(&self) -> usize {
        self.report.count(Class::Duplicated)
    }

    pub(crate) fn unknown(&self) -> usize {
        self.report.ended("unknown")
    }
}

impl Scene {
    pub(crate) fn new(point: Point, database: Database, chat: bool) -> Self {
        Self {
            point,
            database,
            chat,
        }
    }

    fn journey(&self) -> Journey {
        journey(&self.point, self.chat)
    }

    pub(crate) async fn play(self) -> anyhow::Result<Played> {
        if self.journey() == Journey::Nowhere {
            bail!("nothing that the bench orders comes to {}", self.point);
        }
        let mut cluster = self.plan()?.start().await?;
        note(format!(
            "{}: logs are in {}",
            self.point,
            cluster.folder().display()
        ));
        let journey = self.journey();
        let company = if self.chat {
            let client = cluster.client().await?;
            Some(Company::meet(client, cluster.telegram()).await)
        } else {
            None
        };
        if let Some((company, errand)) = company.clone().zip(journey.errand()) {
            in_chat(errand.prepare(company)).await?;
        }
        let request = match &company {
            Some(company) => company.order().await,
            None => cluster.order("killed", "Почему тесты важны").await?,
        };
        let outcome = if self.chat && self.point.leaves_an_album_in_doubt() {
            "unknown"
        } else {
            journey.outcome()
        };
        let mut ends = vec![(request.clone(), outcome)];
        let mut promise = None;
        let (killed, died) = if let Some((company, errand)) = company.zip(journey.errand()) {
            let run = in_chat(errand.run(company, request.clone()));
            let (killed, done) = tokio::join!(self.kill(&mut cluster), run);
            let (killed, done) = (killed?, done?);
            promise = Some(done.row(errand, self.point.is_in_doubt()));
            ends.extend(done.requests);
            killed
        } else if let Some(chore) = journey.chore() {
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
        // A workflow that was terminated has no end to wait for.
        if journey != Journey::Lost && cluster.ended(&request, ENDED).await?.is_none() {
            // The account will say so; it is worth more than an error.
            note(format!("the carousel did not end within {ENDED:?}"));
        }
        let recovery = died.elapsed();
        let requests: Vec<Request> = ends.iter().map(|(one, _)| one.clone()).collect();
        let mut report = cluster.audit_at_rest(&requests, ENDED).await?;
        report.rows.extend(promise);
        Ok(Played {
            killed,
            expected: ends.into_iter().map(|(one, end)| (one.id, end)).collect(),
            report,
            recovery,
        })
    }

    /// Kills who comes to the point, and starts them again; gives who it was, and when.
    async fn kill(&self, cluster: &mut Cluster) -> anyhow::Result<(Seat, Instant)> {
        let held = cluster.says(&held_at(self.point.name()), REACHED).await;
        let killed = held.with_context(|| format!("nobody came to {}", self.point))?;
        cluster.kill(killed);
        let died = Instant::now();
        cluster.failpoints(killed, &self.without_hold(killed)?);
        cluster.start(killed).await?;
        Ok((killed, died))
    }

    /// Whoever comes to the point is held there: no pool is told who that will be.
    fn plan(&self) -> anyhow::Result<Plan> {
        let program = std::env::current_exe().context("where this program is")?;
        let mut plan = Plan::new(program).with(Member::Gateway);
        match self.database {
            Database::Sqlite => {}
            Database::Postgres => plan = plan.postgres(),
        }
        if self.chat {
            // Whoever writes first.
            plan = plan.bot_api().env("BOT_ADMINS", "1000001");
        }
        let gateway = Failpoints::at(self.point.name(), Action::Hold);
        plan = plan.failpoints(Member::Gateway, gateway.map_err(anyhow::Error::msg)?);
        for pool in Pool::ALL {
            let points = self.journey().failpoints(pool);
            let points = points.and_then(|points| points.and(self.point.name(), Action::Hold));
            plan = plan.failpoints(pool, points.map_err(anyhow::Error::msg)?);
        }
        Ok(plan)
    }

    /// The same carousel has to come by once more, and pass.
    fn without_hold(&self, seat: Seat) -> anyhow::Result<Failpoints> {
        match seat.member {
            Member::Pool(pool) => {
                let points = self.journey().failpoints(pool);
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
