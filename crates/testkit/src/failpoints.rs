//! Faults on purpose, for a process of its own: what happens at which point is written in one
//! line, which an environment variable or a flag can carry.
//!
//! ```text
//! render_carousel.after=hold;save_draft.before=fail(2);deliver_carousel.before=delay(500)
//! ```

use std::{
    collections::BTreeMap,
    fmt,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use runtime::faults::{Faults, Interfere};

use crate::signals::{self, Signal};

/// The environment variable that programs of the bench read them from.
pub const VARIABLE: &str = "FAILPOINTS";

/// All points of all programs: those of the workers' activities, and those of the gateway's updates.
pub fn points() -> impl Iterator<Item = String> {
    activities::fault::points().chain(gateway::fault::points())
}

/// What happens at which points.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failpoints(BTreeMap<String, Action>);

/// What happens at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The process is killed, as by `kill -9`.
    Kill,
    /// Whoever comes waits until the process dies.
    Hold,
    /// The first so many fail, as if a dependency were away.
    Fail(u32),
    /// Everybody is this much later.
    Delay(Duration),
}

impl Failpoints {
    /// Nothing happens anywhere.
    pub fn none() -> Self {
        Self::default()
    }

    /// What the environment says: see [`VARIABLE`].
    ///
    /// # Errors
    /// When that makes no sense.
    pub fn of_environment() -> Result<Self, String> {
        let line = std::env::var(VARIABLE).unwrap_or_default();
        line.parse().map_err(|e| format!("{VARIABLE}={line}: {e}"))
    }

    /// This happens at that point.
    ///
    /// # Errors
    /// When there is no such point.
    pub fn at(point: &str, action: Action) -> Result<Self, String> {
        Self::none().and(point, action)
    }

    /// And this happens at that point.
    ///
    /// # Errors
    /// When there is no such point.
    pub fn and(mut self, point: &str, action: Action) -> Result<Self, String> {
        if !points().any(|known| known == point) {
            let all = points().collect::<Vec<_>>().join("\n  ");
            return Err(format!(
                "there is no point “{point}”; the points are\n  {all}"
            ));
        }
        self.0.insert(point.to_owned(), action);
        Ok(self)
    }

    /// For this process.
    pub fn faults(&self) -> Faults {
        if self.0.is_empty() {
            return Faults::none();
        }
        let points = self.0.iter().map(|(point, action)| {
            let watched = Watched {
                action: *action,
                passes: AtomicU32::new(0),
            };
            (point.clone(), watched)
        });
        Faults::by(Arc::new(Watch(points.collect())))
    }
}

/// What a process that is held says in its log, so that others can wait for it.
pub fn held_at(point: &str) -> String {
    format!("held at {point} until this process dies")
}

/// What a process says in its log when it is about to be late.
pub fn late_at(point: &str) -> String {
    format!("late on purpose at {point}")
}

struct Watch(BTreeMap<String, Watched>);

struct Watched {
    action: Action,
    passes: AtomicU32,
}

impl Interfere for Watch {
    fn interfere<'a>(
        &'a self,
        point: &'a str,
        carousel: &'a str,
        attempt: u32,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let Some(watched) = self.0.get(point) else {
                return Ok(());
            };
            let pass = watched.passes.fetch_add(1, Ordering::SeqCst);
            match watched.action {
                Action::Kill => {
                    tracing::warn!(carousel.id = carousel, attempt, "killed at {point}");
                    signals::send(std::process::id(), Signal::Kill);
                    std::future::pending().await
                }
                Action::Hold => {
                    tracing::warn!(carousel.id = carousel, attempt, "{}", held_at(point));
                    std::future::pending().await
                }
                Action::Fail(times) if pass < times => {
                    Err(format!("a fault on purpose at {point}"))
                }
                Action::Fail(_) => Ok(()),
                Action::Delay(delay) => {
                    tracing::info!(carousel.id = carousel, attempt, "{}", late_at(point));
                    tokio::time::sleep(delay).await;
                    Ok(())
                }
            }
        })
    }
}

impl FromStr for Failpoints {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = Self::none();
        for part in text
            .split(';')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let (point, action) = part
                .split_once('=')
                .ok_or_else(|| format!("“{part}” has to look like <point>=<action>"))?;
            all = all.and(point.trim(), action.trim().parse()?)?;
        }
        Ok(all)
    }
}

impl FromStr for Action {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, number) = match text.strip_suffix(')').and_then(|t| t.split_once('(')) {
            Some((name, number)) => (name, number.parse::<u32>().ok()),
            None => (text, None),
        };
        match (name, number) {
            ("kill", None) => Ok(Self::Kill),
            ("hold", None) => Ok(Self::Hold),
            ("fail", Some(times)) => Ok(Self::Fail(times)),
            ("delay", Some(ms)) => Ok(Self::Delay(Duration::from_millis(ms.into()))),
            _ => Err(format!(
                "there is no action “{text}”: choose from kill, hold, fail(TIMES), delay(MS)"
            )),
        }
    }
}

impl fmt::Display for Failpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (point, action)) in self.0.iter().enumerate() {
            let separator = if n == 0 { "" } else { ";" };
            write!(f, "{separator}{point}={action}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill => f.write_str("kill"),
            Self::Hold => f.write_str("hold"),
            Self::Fail(times) => write!(f, "fail({times})"),
            Self::Delay(delay) => write!(f, "delay({})", delay.as_millis()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_happens_where_and_can_be_said_again() {
        let line =
            "render_carousel.after=hold; save_draft.before=fail(2);open_carousel.recorded=kill";
        let points: Failpoints = line.parse().unwrap();
        assert_eq!(points.0.len(), 3);
        assert_eq!(points.to_string().parse(), Ok(points));
        assert_eq!("".parse(), Ok(Failpoints::none()));
    }

    #[test]
    fn what_there_is_not_is_refused_with_what_there_is() {
        for (line, why) in [
            ("paint.after=hold", "render_carousel.before"),
            (
                "render_carousel.after=explode",
                "kill, hold, fail(TIMES), delay(MS)",
            ),
            ("render_carousel.after=fail", "kill, hold"),
            ("render_carousel.after", "has to look like"),
        ] {
            let said = line.parse::<Failpoints>().unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }
}
