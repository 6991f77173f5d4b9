//! `containers`: kills and disconnects each container of a running docker-compose project under load,
//! then audits every request. The project runs with `deploy/compose/test.yml`.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context as _, bail};
use clap::Args;
use runtime::{
    env::Env,
    settings::{SECRETS, Settings},
    temporal::TemporalTarget,
};
use serde_json::Value;
use testkit::{
    audit::{AuditReport, AuditSources, AuditedRequest, FindingClass, judge, offers_resend},
    bot_api::{FakeBotApi, FakeBotApiOptions},
};
use tokio::{
    process::Command,
    time::{Instant, sleep},
};
use url::Url;

use crate::{
    cli::{note, print},
    kill::order,
};

/// Services with state come last: what they interrupt is the most.
const SERVICES: [&str; 10] = [
    "gateway",
    "workflow",
    "ai",
    "render",
    "persistence",
    "delivery",
    "redis",
    "blobs",
    "temporal",
    "postgres",
];

/// The pause between two users who write during a fault.
const WRITE_INTERVAL: Duration = Duration::from_secs(2);

/// How long a killed container is away: `docker kill` switches its restart policy off.
const DOWN: Duration = Duration::from_secs(5);

/// The deadline for all work after the last fault. A lost worker is noticed by a heartbeat timeout,
/// a lost carousel by `reconcile`, which runs every 5 minutes.
const PATIENCE: Duration = Duration::from_secs(600);

const AUDIT_INTERVAL: Duration = Duration::from_secs(5);

#[derive(Debug, Args)]
pub(crate) struct ContainersArgs {
    /// The name of the docker-compose project.
    #[arg(long, default_value = "bible-vibecoder", value_name = "NAME")]
    project: String,
    /// The folder with the project's secrets.
    #[arg(long, default_value = "deploy/compose/secrets", value_name = "DIR")]
    secrets: PathBuf,
    /// The services to disturb. Default: all.
    #[arg(long, value_delimiter = ',', value_name = "SERVICE,…")]
    services: Vec<String>,
    /// How long a container is disconnected, in seconds; 0 skips this part.
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    disconnect: u64,
    /// Skips the kills.
    #[arg(long)]
    no_kill: bool,
}

/// The running project, and what its users have asked for.
struct Project {
    name: String,
    secrets: PathBuf,
    telegram: FakeBotApi,
    requests: Vec<AuditedRequest>,
}

/// A network of a container, with the names that it has there.
struct Membership {
    network: String,
    aliases: Vec<String>,
}

/// Disturbs each service in turn; returns whether every promise was kept.
pub(crate) async fn run(args: ContainersArgs) -> anyhow::Result<bool> {
    let fake = Url::parse("http://127.0.0.1:8081")?;
    let telegram = FakeBotApi::at(fake, &FakeBotApiOptions::default().token);
    let ContainersArgs { project: name, secrets, services, disconnect, no_kill } = args;
    let mut project = Project { name, secrets, telegram, requests: Vec::new() };
    let services = match services.as_slice() {
        [] => SERVICES.map(str::to_owned).to_vec(),
        chosen => chosen.to_vec(),
    };
    let began = Instant::now();
    let seconds = || format!("{:>5.0} s", began.elapsed().as_secs_f64());
    for service in &services {
        let container = project.container(service).await?;
        if !no_kill {
            project.write(WRITE_INTERVAL).await;
            note(format!("{}: {service} is killed", seconds()));
            docker(&["kill", &container]).await?;
            project.write(DOWN).await;
            docker(&["start", &container]).await?;
        }
        if disconnect > 0 {
            project.write(WRITE_INTERVAL).await;
            note(format!("{}: {service} is disconnected for {disconnect} s", seconds()));
            let memberships = memberships(&container).await?;
            for Membership { network, .. } in &memberships {
                docker(&["network", "disconnect", network, &container]).await?;
            }
            project.write(Duration::from_secs(disconnect)).await;
            for Membership { network, aliases } in &memberships {
                let mut command = vec!["network", "connect"];
                command.extend(aliases.iter().flat_map(|alias| ["--alias", alias.as_str()]));
                command.extend([network.as_str(), container.as_str()]);
                docker(&command).await?;
            }
        }
    }
    note(format!("{}: waiting for {} requests", seconds(), project.requests.len()));
    let report = project.audit_when_idle().await?;
    print(&report);
    let (asked, delivered) = (project.requests.len(), report.ended("delivered"));
    print(format!(
        "{} services, {asked} requests, delivered {delivered}, {}",
        services.len(),
        seconds().trim()
    ));
    Ok(report.has_no_findings())
}

impl Project {
    /// One more user every [`WRITE_INTERVAL`] writes a topic, for this long.
    async fn write(&mut self, during: Duration) {
        let until = Instant::now() + during;
        while Instant::now() < until {
            let n = self.requests.len() + 1;
            let person = self.telegram.person_speaking(&format!("User {n}"), "en").await;
            let topic = format!("Why tests matter, part {n}");
            self.requests.push(order(&self.telegram, &person, &topic).await);
            sleep(WRITE_INTERVAL).await;
        }
    }

    async fn audit_when_idle(&self) -> anyhow::Result<AuditReport> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let report = self.audit().await;
            let is_final = Instant::now() >= deadline;
            match report {
                Ok(report) if is_final || report.count(FindingClass::Unfinished) == 0 => {
                    return Ok(report);
                }
                Err(e) if is_final => return Err(e),
                // A store may still be starting.
                Ok(_) | Err(_) => sleep(AUDIT_INTERVAL).await,
            }
        }
    }

    async fn audit(&self) -> anyhow::Result<AuditReport> {
        let settings = self.settings().await?;
        let sources = AuditSources {
            client: TemporalTarget::of(&settings.temporal).connect("e2e").await?,
            database_url: settings.data.database_url.expose().to_owned(),
            blobs: gateway::carousel_request::blobs(&settings)?,
            output: None,
            telegram: Some(self.telegram.clone()),
            is_uncertainty_notice: offers_resend,
        };
        Ok(judge(&sources.read(&self.requests).await?))
    }

    /// The project's stores, at the addresses that its containers have now.
    async fn settings(&self) -> anyhow::Result<Settings> {
        let mut variables = vec![("TEMPORAL_ADDRESS", "127.0.0.1:7233".to_owned())];
        for name in SECRETS {
            if let Ok(value) = std::fs::read_to_string(self.secrets.join(name)) {
                variables.push((name, value));
            }
        }
        for (name, value) in &mut variables {
            if *name == "DATABASE_URL" {
                let address = self.address("postgres").await?;
                *value = value.replace("@postgres:", &format!("@{address}:"));
            }
        }
        let blobs = self.address("blobs").await?;
        let options = "region=us-east-1&path_style=true";
        let blobs = format!("s3://carousels/blobs?endpoint=http://{blobs}:8333&{options}");
        variables.push(("BLOBS_URL", blobs));
        Ok(Settings::read(&Env::of(variables))?)
    }

    async fn container(&self, service: &str) -> anyhow::Result<String> {
        let label = |key: &str, value: &str| format!("label=com.docker.compose.{key}={value}");
        let (project, service) = (label("project", &self.name), label("service", service));
        let found = docker(&["ps", "-aq", "--filter", &project, "--filter", &service]).await?;
        let found = found.lines().next().map(str::to_owned);
        found.with_context(|| format!("no container has {project} and {service}"))
    }

    async fn address(&self, service: &str) -> anyhow::Result<String> {
        let described = inspect(&self.container(service).await?).await?;
        let networks = described["NetworkSettings"]["Networks"].as_object();
        let mut addresses = networks.into_iter().flat_map(|networks| networks.values());
        let address = addresses.find_map(|network| network["IPAddress"].as_str());
        let address = address.filter(|address| !address.is_empty());
        Ok(address.with_context(|| format!("{service} has no address"))?.to_owned())
    }
}

async fn memberships(container: &str) -> anyhow::Result<Vec<Membership>> {
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

async fn inspect(container: &str) -> anyhow::Result<Value> {
    let mut found: Vec<Value> = serde_json::from_str(&docker(&["inspect", container]).await?)?;
    found.pop().context("docker inspect prints one container")
}

async fn docker(arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new("docker").args(arguments).output().await.context("docker")?;
    if !output.status.success() {
        bail!("docker {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}
