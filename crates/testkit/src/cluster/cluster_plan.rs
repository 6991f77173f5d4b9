//! The members and options of a cluster.

use std::path::PathBuf;

use workers::Pool;

use super::{Cluster, ClusterError, Member, MemberId, ProxiedServer};
use crate::failpoints::Failpoints;

#[derive(Debug, Clone)]
pub struct ClusterPlan {
    /// The program that implements every role.
    pub(super) program: PathBuf,
    /// The worker pools and the gateway run this one, if it is set.
    pub(super) older: Option<PathBuf>,
    pub(super) members: Vec<MemberId>,
    pub(super) env: Vec<(String, String)>,
    pub(super) failpoints: Vec<(MemberId, Failpoints)>,
    pub(super) links: Vec<ProxiedServer>,
    pub(super) model: Option<(String, Vec<String>)>,
}

impl ClusterPlan {
    /// Temporal, SQLite, and each pool as a process of its own. `program` implements every role:
    /// `program role workers --pool render`.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        let pools = Pool::ALL.map(MemberId::from);
        let seats = [Member::Temporal.into()].into_iter().chain(pools);
        Self {
            program: program.into(),
            older: None,
            members: seats.collect(),
            env: Vec::new(),
            failpoints: Vec::new(),
            links: Vec::new(),
            model: None,
        }
    }

    /// Starts the worker pools and the gateway with the same program of an older build;
    /// [`Cluster::upgrade`] replaces them.
    #[must_use]
    pub fn older(mut self, program: impl Into<PathBuf>) -> Self {
        self.older = Some(program.into());
        self
    }

    /// Removes all worker pools; [`ClusterPlan::with`] adds single ones.
    #[must_use]
    pub fn without_pools(mut self) -> Self {
        self.members.retain(|seat| !matches!(seat.member, Member::Pool(_)));
        self
    }

    /// Adds a process.
    #[must_use]
    pub fn with(mut self, seat: impl Into<MemberId>) -> Self {
        self.members.push(seat.into());
        self
    }

    /// Uses PostgreSQL instead of SQLite.
    #[must_use]
    pub fn postgres(self) -> Self {
        self.with(Member::Postgres)
    }

    /// Adds a fake Bot API, which all processes use as Telegram.
    #[must_use]
    pub fn bot_api(self) -> Self {
        self.with(Member::BotApi)
    }

    /// Adds a model server: a command that speaks OpenAI's protocol. `{port}` in its arguments is
    /// replaced by the port that it has to listen on.
    #[must_use]
    pub fn model(mut self, program: &str, args: &[&str]) -> Self {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        self.model = Some((program.to_owned(), args));
        self.with(Member::Model)
    }

    /// Sets an environment variable for every role.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// Sets the failpoints of one process.
    #[must_use]
    pub fn failpoints(mut self, seat: impl Into<MemberId>, failpoints: Failpoints) -> Self {
        self.failpoints.push((seat.into(), failpoints));
        self
    }

    /// Puts a chaos proxy into this connection.
    #[must_use]
    pub fn with_chaos_proxy(mut self, link: ProxiedServer) -> Self {
        self.links.push(link);
        self
    }

    /// Starts everything, and waits until every process is ready.
    ///
    /// # Errors
    /// [`ClusterError`], with the end of the log of the process that failed.
    pub async fn start(self) -> Result<Cluster, ClusterError> {
        Cluster::start_all(self).await
    }
}
