//! The faults of a campaign: chosen by a seed, injected, and ended again.

use std::{fmt, time::Duration};

use fastrand::Rng;
use testkit::{
    FakeModelServer, ModelResponse, RedisServer,
    bot_api::BotApiFault,
    chaos_proxy::{Direction, NetworkFault},
    cluster::{Cluster, Member, MemberId, ProxiedServer},
};
use tokio::time::sleep;
use workers::Pool;

/// A fault with everything that the seed has chosen about it.
#[derive(Debug, Clone)]
pub(super) struct PlannedFault {
    /// The time without a fault before it.
    pub(super) pause: Duration,
    pub(super) fault: SoakFault,
    /// How long it lasts. A fault that is a single event is only followed by this time.
    pub(super) hold: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SoakFault {
    /// `SIGKILL`, then a new start.
    Kill(MemberId),
    /// `SIGTERM`, then a new start.
    Restart(MemberId),
    /// `SIGSTOP`: the connections stay open.
    Freeze(MemberId),
    Network(ProxiedServer, NetworkFault),
    KillRedis,
    EraseRedis,
    Telegram(TelegramFault),
    Model(ModelServerFault),
}

/// What the Bot API does with the next calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TelegramFault {
    TooMany,
    ServerError,
    AcceptThenError,
    AcceptThenDrop,
    Cut,
    PartialAlbum,
    PartialAlbumThenDrop,
    Slow,
    Html,
    HalfJson,
    Conflict,
}

/// What the model's server does with the next calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ModelServerFault {
    Busy,
    Broken,
    Drop,
    HalfBody,
}

/// Faults in an order that depends on the seed alone.
pub(super) struct FaultPlan(Rng);

/// Everything that faults are injected into.
pub(super) struct FaultWorld {
    pub(super) cluster: Cluster,
    pub(super) redis: RedisServer,
    pub(super) model: FakeModelServer,
}

const TELEGRAM: [TelegramFault; 11] = [
    TelegramFault::TooMany,
    TelegramFault::ServerError,
    TelegramFault::AcceptThenError,
    TelegramFault::AcceptThenDrop,
    TelegramFault::Cut,
    TelegramFault::PartialAlbum,
    TelegramFault::PartialAlbumThenDrop,
    TelegramFault::Slow,
    TelegramFault::Html,
    TelegramFault::HalfJson,
    TelegramFault::Conflict,
];

const MODEL: [ModelServerFault; 4] = [
    ModelServerFault::Busy,
    ModelServerFault::Broken,
    ModelServerFault::Drop,
    ModelServerFault::HalfBody,
];

/// Servers behind a chaos proxy.
pub(super) const PROXIED: [ProxiedServer; 3] =
    [ProxiedServer::Temporal, ProxiedServer::Postgres, ProxiedServer::BotApi];

const NETWORK: [NetworkFault; 6] = [
    NetworkFault::Reset,
    NetworkFault::BlackHole,
    NetworkFault::OneWay(Direction::ToServer),
    NetworkFault::OneWay(Direction::ToClient),
    NetworkFault::Slow(Duration::from_millis(200)),
    NetworkFault::Truncated(2_000),
];

impl FaultPlan {
    pub(super) fn new(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }
}

impl Iterator for FaultPlan {
    type Item = PlannedFault;

    fn next(&mut self) -> Option<PlannedFault> {
        let rng = &mut self.0;
        let ours = Pool::ALL.map(MemberId::from).into_iter().chain([Member::Gateway.into()]);
        let servers = [Member::Temporal, Member::Postgres].map(MemberId::from);
        let members: Vec<MemberId> = ours.chain(servers).collect();
        let member = *rng.choice(&members)?;
        let fault = match rng.u32(0..100) {
            0..30 => SoakFault::Kill(member),
            30..40 => SoakFault::Restart(member),
            40..52 => SoakFault::Freeze(member),
            52..72 => SoakFault::Network(*rng.choice(&PROXIED)?, *rng.choice(&NETWORK)?),
            72..76 => SoakFault::KillRedis,
            76..78 => SoakFault::EraseRedis,
            78..92 => SoakFault::Telegram(*rng.choice(&TELEGRAM)?),
            _ => SoakFault::Model(*rng.choice(&MODEL)?),
        };
        let mut millis = |most| Duration::from_millis(rng.u64(0..most));
        Some(PlannedFault { pause: millis(2_500), fault, hold: millis(4_000) })
    }
}

impl FaultWorld {
    /// Injects a fault, waits, and ends it.
    ///
    /// # Errors
    /// If a process does not start again, which is a finding: the message has the end of its log.
    pub(super) async fn suffer(&mut self, planned: &PlannedFault) -> anyhow::Result<()> {
        let hold = planned.hold;
        match planned.fault {
            SoakFault::Kill(member) => {
                self.cluster.kill(member);
                sleep(hold).await;
                self.cluster.start(member).await?;
            }
            SoakFault::Restart(member) => {
                self.cluster.stop(member).await;
                sleep(hold).await;
                self.cluster.start(member).await?;
            }
            SoakFault::Freeze(member) => {
                self.cluster.pause(member);
                sleep(hold).await;
                self.cluster.resume(member);
            }
            SoakFault::Network(server, fault) => {
                self.cluster.link(server).set_fault(fault);
                sleep(hold).await;
                self.cluster.link(server).set_fault(NetworkFault::Clear);
            }
            SoakFault::KillRedis | SoakFault::EraseRedis => {
                if planned.fault == SoakFault::KillRedis {
                    self.redis.kill();
                } else {
                    self.redis.kill_and_erase();
                }
                sleep(hold).await;
                self.redis.start();
            }
            SoakFault::Telegram(fault) => {
                self.cluster.telegram().fault(fault.of_the_fake()).await;
                sleep(hold).await;
                self.cluster.telegram().no_faults().await;
            }
            SoakFault::Model(fault) => {
                self.model.script([(); 3].map(|()| fault.response()));
                sleep(hold).await;
                self.model.reset();
            }
        }
        Ok(())
    }
}

impl TelegramFault {
    fn of_the_fake(self) -> BotApiFault {
        let album = "sendMediaGroup";
        match self {
            Self::TooMany => BotApiFault::too_many(Duration::from_secs(2)).times(3),
            Self::ServerError => BotApiFault::server_error(502).times(3),
            Self::AcceptThenError => BotApiFault::accept_then_error(504).on(album),
            Self::AcceptThenDrop => BotApiFault::accept_then_drop().on(album),
            Self::Cut => BotApiFault::cut().times(2),
            Self::PartialAlbum => BotApiFault::partial_album(2).on(album),
            Self::PartialAlbumThenDrop => BotApiFault::partial_album_then_drop(2).on(album),
            Self::Slow => BotApiFault::slow(Duration::from_secs(2)).times(5),
            Self::Html => BotApiFault::html().times(2),
            Self::HalfJson => BotApiFault::half_json(),
            Self::Conflict => BotApiFault::conflict().on("getUpdates").times(2),
        }
    }
}

impl ModelServerFault {
    fn response(self) -> ModelResponse {
        match self {
            Self::Busy => ModelResponse::Answer(429, Vec::new(), "slow down".to_owned()),
            Self::Broken => ModelResponse::Answer(500, Vec::new(), "overloaded".to_owned()),
            Self::Drop => ModelResponse::Drop,
            Self::HalfBody => ModelResponse::HalfBody("{\"choices\": [".to_owned()),
        }
    }
}

impl SoakFault {
    /// The row of the table that counts it.
    pub(super) fn kind(self) -> String {
        match self {
            Self::Kill(member) => format!("kill -9 {member}"),
            Self::Restart(member) => format!("restart {member}"),
            Self::Freeze(member) => format!("freeze {member}"),
            Self::Network(server, fault) => format!("{server:?}: {}", network_name(fault)),
            Self::KillRedis => "kill -9 redis".to_owned(),
            Self::EraseRedis => "redis loses its data".to_owned(),
            Self::Telegram(fault) => format!("Bot API: {fault:?}"),
            Self::Model(fault) => format!("model: {fault:?}"),
        }
    }
}

fn network_name(fault: NetworkFault) -> &'static str {
    match fault {
        NetworkFault::Clear => "clear",
        NetworkFault::Reset => "connections reset",
        NetworkFault::BlackHole => "no bytes pass",
        NetworkFault::OneWay(Direction::ToServer) => "no answers pass",
        NetworkFault::OneWay(Direction::ToClient) => "no requests pass",
        NetworkFault::Slow(_) => "slow",
        NetworkFault::Truncated(_) => "answers cut off",
    }
}

impl fmt::Display for PlannedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {:.1} s", self.fault.kind(), self.hold.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn seed_decides_the_faults() {
        let plan = |seed| {
            let faults = FaultPlan::new(seed).take(50);
            faults.map(|planned| format!("{:?} {planned}", planned.pause)).collect::<Vec<_>>()
        };
        assert_eq!(plan(7), plan(7));
        assert_ne!(plan(7), plan(8));
    }

    #[test]
    fn five_hundred_faults_contain_every_kind() {
        let faults: Vec<SoakFault> = FaultPlan::new(1).take(500).map(|one| one.fault).collect();
        let kinds: BTreeSet<String> = faults.iter().map(|fault| fault.kind()).collect();
        let members = Pool::ALL.len() + 3;
        let network = PROXIED.len() * NETWORK.len();
        assert_eq!(kinds.len(), members * 3 + network + 2 + TELEGRAM.len() + MODEL.len());
    }
}
