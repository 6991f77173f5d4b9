//! Who is in a cluster.

use std::fmt;

use workers::Pool;

/// What a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Member {
    /// The Temporal server.
    Temporal,
    /// The database server, where there is one.
    Postgres,
    /// The fake Bot API.
    BotApi,
    /// The model server.
    Model,
    /// A worker pool.
    Pool(Pool),
    /// The gateway.
    Gateway,
}

/// One process: a member, and which of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seat {
    /// What it is.
    pub member: Member,
    /// Which of them, from 1.
    pub number: u8,
}

/// A connection that a chaos proxy can sit in: everybody's to one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Link {
    /// To Temporal.
    Temporal,
    /// To PostgreSQL.
    Postgres,
    /// To the fake Bot API.
    BotApi,
    /// To the model server.
    Model,
}

impl Member {
    /// The second, third, … of its kind.
    pub const fn number(self, number: u8) -> Seat {
        Seat {
            member: self,
            number,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Temporal => "temporal",
            Self::Postgres => "postgres",
            Self::BotApi => "bot-api",
            Self::Model => "model",
            Self::Pool(pool) => pool.name(),
            Self::Gateway => "gateway",
        }
    }
}

impl Seat {
    /// Temporal is run by `cargo dev`'s own code, everybody else by ours.
    pub(super) fn is_temporal(self) -> bool {
        self.member == Member::Temporal
    }
}

impl From<Member> for Seat {
    fn from(member: Member) -> Self {
        member.number(1)
    }
}

impl From<Pool> for Seat {
    fn from(pool: Pool) -> Self {
        Member::Pool(pool).into()
    }
}

impl fmt::Display for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.member.name();
        match self.number {
            1 => f.write_str(name),
            number => write!(f, "{name}-{number}"),
        }
    }
}
