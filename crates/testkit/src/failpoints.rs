//! Failpoints for a process of its own: a one-line text, which fits into an environment variable or
//! a flag, says what happens at which point.
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
use runtime::failpoint_hooks::{FailpointHandler, FailpointHooks};

use crate::signals::{self, Signal};

/// The environment variable that test programs read failpoints from.
pub const VARIABLE: &str = "FAILPOINTS";

/// The names of all failpoints: those of the workers' activities and of the gateway's updates.
pub fn points() -> impl Iterator<Item = String> {
    activities::activity_failpoints::failpoint_names().chain(gateway::update_failpoint::points())
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failpoints(BTreeMap<String, FailpointAction>);

/// What a failpoint does when it is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailpointAction {
    /// Kills the process with `SIGKILL`.
    Kill,
    /// Blocks every pass until the process ends.
    Hold,
    /// Fails the first n passes, like an unavailable dependency.
    Fail(u32),
    /// Delays every pass.
    Delay(Duration),
}

impl Failpoints {
    /// No failpoint is active.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads [`VARIABLE`] from the environment.
    ///
    /// # Errors
    /// If its value can't be parsed.
    pub fn of_environment() -> Result<Self, String> {
        let line = std::env::var(VARIABLE).unwrap_or_default();
        line.parse().map_err(|e| format!("{VARIABLE}={line}: {e}"))
    }

    /// One active failpoint.
    ///
    /// # Errors
    /// If there is no such point.
    pub fn at(point: &str, action: FailpointAction) -> Result<Self, String> {
        Self::none().and(point, action)
    }

    /// Adds a failpoint.
    ///
    /// # Errors
    /// If there is no such point.
    pub fn and(mut self, point: &str, action: FailpointAction) -> Result<Self, String> {
        if !points().any(|known| known == point) {
            let all = points().collect::<Vec<_>>().join("\n  ");
            return Err(format!("there is no point “{point}”; the points are\n  {all}"));
        }
        self.0.insert(point.to_owned(), action);
        Ok(self)
    }

    /// The [`FailpointHooks`] for this process.
    pub fn hooks(&self) -> FailpointHooks {
        if self.0.is_empty() {
            return FailpointHooks::none();
        }
        let points = self.0.iter().map(|(point, action)| {
            let watched = ActiveFailpoint { action: *action, passes: AtomicU32::new(0) };
            (point.clone(), watched)
        });
        FailpointHooks::with_handler(Arc::new(ActiveFailpoints(points.collect())))
    }
}

/// The log line of a process that blocks at `point`, so that tests can wait for it.
pub fn hold_log_line(point: &str) -> String {
    format!("holding at {point} until this process ends")
}

/// The log line of a process that starts a delay at `point`.
pub fn delay_log_line(point: &str) -> String {
    format!("injected delay at {point}")
}

struct ActiveFailpoints(BTreeMap<String, ActiveFailpoint>);

struct ActiveFailpoint {
    action: FailpointAction,
    passes: AtomicU32,
}

impl FailpointHandler for ActiveFailpoints {
    fn on_failpoint<'a>(
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
                FailpointAction::Kill => {
                    tracing::warn!(carousel.id = carousel, attempt, "killed at {point}");
                    signals::send(std::process::id(), Signal::Kill);
                    std::future::pending().await
                }
                FailpointAction::Hold => {
                    tracing::warn!(carousel.id = carousel, attempt, "{}", hold_log_line(point));
                    std::future::pending().await
                }
                FailpointAction::Fail(times) if pass < times => {
                    Err(format!("injected failure at {point}"))
                }
                FailpointAction::Fail(_) => Ok(()),
                FailpointAction::Delay(delay) => {
                    tracing::info!(carousel.id = carousel, attempt, "{}", delay_log_line(point));
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
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (point, action) = part
                .split_once('=')
                .ok_or_else(|| format!("“{part}” has to look like <point>=<action>"))?;
            all = all.and(point.trim(), action.trim().parse()?)?;
        }
        Ok(all)
    }
}

impl FromStr for FailpointAction {
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

impl fmt::Display for FailpointAction {
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
    fn failpoints_round_trip_through_text() {
        let line =
            "render_carousel.after=hold; save_draft.before=fail(2);open_carousel.recorded=kill";
        let points: Failpoints = line.parse().unwrap();
        assert_eq!(points.0.len(), 3);
        assert_eq!(points.to_string().parse(), Ok(points));
        assert_eq!("".parse(), Ok(Failpoints::none()));
    }

    #[test]
    fn unknown_points_and_actions_are_refused_with_a_list() {
        for (line, why) in [
            ("paint.after=hold", "render_carousel.before"),
            ("render_carousel.after=explode", "kill, hold, fail(TIMES), delay(MS)"),
            ("render_carousel.after=fail", "kill, hold"),
            ("render_carousel.after", "has to look like"),
        ] {
            let said = line.parse::<Failpoints>().unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }
}
