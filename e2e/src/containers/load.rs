//! The processor time and memory of each role under an even load, for `docs/deployment/capacity.md`.

use std::{fmt::Write as _, time::Duration};

use anyhow::Context as _;
use tokio::time::{MissedTickBehavior, interval};

use super::{Project, docker};
use crate::{
    kill::order,
    price::{FORMATS, THEMES, seconds_of_process},
};

const MINUTE: Duration = Duration::from_secs(60);

/// Orders the carousels evenly within a minute, waits for their end, and returns a table.
pub(super) async fn measure(
    project: &mut Project,
    roles: &[String],
    users: u32,
) -> anyhow::Result<String> {
    let before = usage(project, roles).await?;
    let mut ticks = interval(MINUTE / users);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for n in 0..users {
        ticks.tick().await;
        let person = project.telegram.person_speaking(&format!("Load {n}"), "en").await;
        let at = n as usize;
        // Other pictures for each user, so that every slide is drawn.
        let (theme, format) =
            (THEMES[at % THEMES.len()], FORMATS[at / THEMES.len() % FORMATS.len()]);
        let topic = format!("Why tests matter, part {n}, {theme}, {format}");
        project.requests.push(order(&project.telegram, &person, &topic).await);
    }
    project.audit_when_idle().await?;
    let after = usage(project, roles).await?;
    let mut table = "| role | processor time per carousel | memory |\n|---|---|---|\n".to_owned();
    let mut all = 0.0;
    for ((role, before), after) in roles.iter().zip(before).zip(after) {
        let used = (after.seconds - before.seconds) * 1e3 / f64::from(users);
        all += used;
        writeln!(table, "| {role} | {used:.1} ms | {:.0} MB |", after.megabytes)?;
    }
    write!(table, "| all | {all:.1} ms | |")?;
    Ok(table)
}

struct Usage {
    /// Of processor time so far.
    seconds: f64,
    megabytes: f64,
}

/// What each role uses, in the order of `roles`.
async fn usage(project: &Project, roles: &[String]) -> anyhow::Result<Vec<Usage>> {
    let mut found = Vec::new();
    for role in roles {
        let described = docker::inspect(&project.container(role).await?).await?;
        let pid = described["State"]["Pid"].as_u64().filter(|pid| *pid > 0);
        let pid = pid.with_context(|| format!("{role} does not run"))?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = resident.and_then(|line| line.split_whitespace().next());
        let kilobytes: f64 = kilobytes.context("its memory")?.parse()?;
        found
            .push(Usage { seconds: seconds_of_process(pid)?, megabytes: kilobytes * 1024.0 / 1e6 });
    }
    Ok(found)
}
