//! The commands of Docker and docker-compose.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tokio::{
    process::Command,
    time::{Instant, sleep},
};

/// The deadline for a new container to be healthy, and the polling interval.
const HEALTHY: Duration = Duration::from_secs(120);
const HEALTH_INTERVAL: Duration = Duration::from_secs(1);

/// A network of a container, with the names that it has there.
pub(super) struct Membership {
    pub(super) network: String,
    pub(super) aliases: Vec<String>,
}

/// Replaces the container of a service by one of this image; returns the version that it runs.
pub(super) async fn replace(project: &str, service: &str, image: &str) -> anyhow::Result<String> {
    compose(&["up", "--detach", "--no-deps", service], image).await?;
    let deadline = Instant::now() + HEALTHY;
    loop {
        let container = container(project, service).await?;
        let described = inspect(&container).await?;
        if described["State"]["Health"]["Status"] == "healthy" {
            let wanted = run(&["image", "inspect", "--format", "{{.Id}}", image]).await?;
            ensure!(described["Image"] == wanted.trim(), "{service} does not run {image}");
            let version = run(&["exec", &container, "gateway", "--version"]).await?;
            return Ok(version.trim().to_owned());
        }
        ensure!(Instant::now() < deadline, "{service} of {image} is not healthy");
        sleep(HEALTH_INTERVAL).await;
    }
}

pub(super) async fn container(project: &str, service: &str) -> anyhow::Result<String> {
    let label = |key: &str, value: &str| format!("label=com.docker.compose.{key}={value}");
    let (project, service) = (label("project", project), label("service", service));
    let found = run(&["ps", "-aq", "--filter", &project, "--filter", &service]).await?;
    let found = found.lines().next().map(str::to_owned);
    found.with_context(|| format!("no container has {project} and {service}"))
}

pub(super) async fn memberships(container: &str) -> anyhow::Result<Vec<Membership>> {
    let described = inspect(container).await?;
    let networks = described["NetworkSettings"]["Networks"].as_object().cloned();
    let membership = |(network, of): (String, Value)| {
        let aliases = of["Aliases"].as_array().into_iter().flatten().filter_map(Value::as_str);
        // Docker adds the container's id itself.
        let aliases = aliases.filter(|alias| !container.starts_with(alias));
        Membership { network, aliases: aliases.map(str::to_owned).collect() }
    };
    Ok(networks.unwrap_or_default().into_iter().map(membership).collect())
}

pub(super) async fn inspect(container: &str) -> anyhow::Result<Value> {
    let mut found: Vec<Value> = serde_json::from_str(&run(&["inspect", container]).await?)?;
    found.pop().context("docker inspect prints one container")
}

pub(super) async fn run(arguments: &[&str]) -> anyhow::Result<String> {
    output(Command::new("docker").args(arguments)).await
}

/// Runs docker-compose for the project in its environment, with this image of our programs.
pub(super) async fn compose(arguments: &[&str], image: &str) -> anyhow::Result<String> {
    output(Command::new("docker-compose").args(arguments).env("APP_IMAGE", image)).await
}

async fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().await.with_context(|| format!("{command:?}"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{:?}: {errors}", command.as_std());
    Ok(String::from_utf8(output.stdout)?)
}
