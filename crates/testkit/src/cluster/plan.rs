//! What a cluster is to consist of.

use std::path::PathBuf;

use workers::Pool;

use super::{Cluster, Error, Link, Member, Seat};
use crate::failpoints::Failpoints;

/// A cluster to be started.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The program that can be every role.
    pub(super) program: PathBuf,
    pub(super) seats: Vec<Seat>,
    pub(super) env: Vec<(String, String)>,
    pub(super) failpoints: Vec<(Seat, Failpoints)>,
    pub(super) links: Vec<Link>,
    pub(super) model: Option<(String, Vec<String>)>,
}

impl Plan {
    /// Temporal, SQLite, and each pool as a process of its own. `program` can be every role:
    /// `program role workers --pool render`.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        let pools = Pool::ALL.map(Seat::from);
        let seats = [Member::Temporal.into()].into_iter().chain(pools);
        Self {
            program: program.into(),
            seats: seats.collect(),
            env: Vec::new(),
            failpoints: Vec::new(),
            links: Vec::new(),
            model: None,
        }
    }

    /// No worker pools, but for those that are added.
    #[must_use]
    pub fn without_pools(mut self) -> Self {
        self.seats
            .retain(|seat| !matches!(seat.member, Member::Pool(_)));
        self
    }

    /// One more of these.
    #[must_use]
    pub fn with(mut self, seat: impl Into<Seat>) -> Self {
        self.seats.push(seat.into());
        self
    }

    /// PostgreSQL instead of SQLite.
    #[must_use]
    pub fn postgres(self) -> Self {
        self.with(Member::Postgres)
    }

    /// A fake Bot API, which everybody takes for Telegram.
    #[must_use]
    pub fn bot_api(self) -> Self {
        self.with(Member::BotApi)
    }

    /// A model server: a command that speaks OpenAI's protocol. `{port}` among its arguments
    /// becomes the port on which it has to listen.
    #[must_use]
    pub fn model(mut self, program: &str, args: &[&str]) -> Self {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        self.model = Some((program.to_owned(), args));
        self.with(Member::Model)
    }

    /// A setting for every role.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// Faults on purpose in one process.
    #[must_use]
    pub fn failpoints(mut self, seat: impl Into<Seat>, failpoints: Failpoints) -> Self {
        self.failpoints.push((seat.into(), failpoints));
        self
    }

    /// A chaos proxy in this connection.
    #[must_use]
    pub fn through(mut self, link: Link) -> Self {
        self.links.push(link);
        self
    }

    /// Starts everything, and waits until everybody is ready.
    ///
    /// # Errors
    /// [`Error`], with the end of the log of whoever did not come up.
    pub async fn start(self) -> Result<Cluster, Error> {
        Cluster::start_all(self).await
    }
}
