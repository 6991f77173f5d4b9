//! The members of a cluster and the connections between them.

use std::fmt;

use workers::Pool;

/// A kind of process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Member {
    Temporal,
    /// The database server, if there is one.
    Postgres,
    BotApi,
    Model,
    Pool(Pool),
    Gateway,
}

/// One process: a member, and its number if there are several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberId {
    pub member: Member,
    /// From 1.
    pub number: u8,
}

/// A connection that a chaos proxy can be put into: from all processes to one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProxiedServer {
    Temporal,
    Postgres,
    BotApi,
    Model,
}

impl Member {
    /// The second, third, … process of its kind.
    pub const fn number(self, number: u8) -> MemberId {
        MemberId { member: self, number }
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

impl MemberId {
    /// Temporal is run by the code of `cargo dev`, all others by `Process`.
    pub(super) fn is_temporal(self) -> bool {
        self.member == Member::Temporal
    }
}

impl From<Member> for MemberId {
    fn from(member: Member) -> Self {
        member.number(1)
    }
}

impl From<Pool> for MemberId {
    fn from(pool: Pool) -> Self {
        Member::Pool(pool).into()
    }
}

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.member.name();
        match self.number {
            1 => f.write_str(name),
            number => write!(f, "{name}-{number}"),
        }
    }
}
