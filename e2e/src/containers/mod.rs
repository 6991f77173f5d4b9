//! `containers`: kills and disconnects each container of a running docker-compose project under load,
//! replaces its image, then audits every request. The project runs with `deploy/compose/test.yml`.

mod docker;
mod load;

use std::{path::PathBuf, pin::pin, time::Duration};

use anyhow::Context as _;
use clap::Args;
use runtime::{
    env::Env,
    settings::{SECRETS, Settings},
    temporal::TemporalTarget,
};
use testkit::{
    audit::{AuditData, AuditSources, AuditedRequest, FindingClass, judge, offers_resend},
    bot_api::{FakeBotApi, FakeBotApiOptions},
};
use tokio::time::{Instant, sleep};
use url::Url;

use self::docker::Membership;
use crate::{
    cli::{note, print},
    kill::order,
};

/// The services of our image. `gateway-2` is in profile `edge`.
const ROLES: [&str; 7] =
    ["workflow", "ai", "render", "persistence", "delivery", "gateway", "gateway-2"];

/// All services that are disturbed. Those with state come last: they interrupt the most.
const SERVICES: [&str; 12] = [
    "gateway",
    "gateway-2",
    "nginx",
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
    /// The services to disturb. Default: all that exist.
    #[arg(long, value_delimiter = ',', value_name = "SERVICE,…")]
    services: Vec<String>,
    /// Replaces each role by these images in turn, for example a newer one, then the older one.
    /// Needs COMPOSE_FILE and the other variables that the project was started with.
    #[arg(long, value_delimiter = ',', value_name = "IMAGE,…")]
    roll: Vec<String>,
    /// Before the faults, this many users write within a minute, each for another theme and format;
    /// the processor time and memory of each role are printed.
    #[arg(long, default_value_t = 0, value_name = "USERS")]
    load: u32,
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

/// Disturbs each service in turn, then replaces the images; returns whether every promise was kept.
pub(crate) async fn run(args: ContainersArgs) -> anyhow::Result<bool> {
    let fake = Url::parse("http://127.0.0.1:8081")?;
    let telegram = FakeBotApi::at(fake, &FakeBotApiOptions::default().token);
    let ContainersArgs { project: name, secrets, services, roll, load, disconnect, no_kill } = args;
    let mut project = Project { name, secrets, telegram, requests: Vec::new() };
    let services = match services.as_slice() {
        [] => project.existing(&SERVICES).await?,
        chosen => chosen.to_vec(),
    };
    let began = Instant::now();
    let seconds = || format!("{:>5.0} s", began.elapsed().as_secs_f64());
    let roles = project.existing(&ROLES).await?;
    if load > 0 {
        note(format!("{}: {load} users write within a minute", seconds()));
        print(load::measure(&mut project, &roles, load).await?);
    }
    for service in &services {
        let container = project.container(service).await?;
        if !no_kill {
            project.write(WRITE_INTERVAL).await;
            note(format!("{}: {service} is killed", seconds()));
            docker::run(&["kill", &container]).await?;
            project.write(DOWN).await;
            docker::run(&["start", &container]).await?;
        }
        if disconnect > 0 {
            project.write(WRITE_INTERVAL).await;
            note(format!("{}: {service} is disconnected for {disconnect} s", seconds()));
            project.disconnect(&container, Duration::from_secs(disconnect)).await?;
        }
    }
    for image in &roll {
        docker::compose(&["run", "--rm", "migrate"], image).await?;
        for service in &roles {
            let name = project.name.clone();
            let version = project.write_during(docker::replace(&name, service, image)).await?;
            note(format!("{}: {service} is replaced by {version}", seconds()));
        }
    }
    note(format!("{}: waiting for {} requests", seconds(), project.requests.len()));
    let audited = project.audit_when_idle().await?;
    let report = judge(&audited);
    print(&report);
    for carousel in audited.stored.carousels.iter().filter(|it| !it.reason.is_empty()) {
        print(format!("{}: {}", carousel.id, carousel.reason));
    }
    let (asked, delivered) = (project.requests.len(), report.ended("delivered"));
    print(format!(
        "{} services disturbed, {} roles replaced by {} images, {asked} requests, delivered {delivered}, {}",
        services.len(),
        roles.len(),
        roll.len(),
        seconds().trim()
    ));
    Ok(report.has_no_findings())
}

impl Project {
    /// Takes the container out of all its networks for this long.
    async fn disconnect(&mut self, container: &str, during: Duration) -> anyhow::Result<()> {
        let memberships = docker::memberships(container).await?;
        for Membership { network, .. } in &memberships {
            docker::run(&["network", "disconnect", network, container]).await?;
        }
        self.write(during).await;
        for Membership { network, aliases } in &memberships {
            let mut command = vec!["network", "connect"];
            command.extend(aliases.iter().flat_map(|alias| ["--alias", alias.as_str()]));
            command.extend([network.as_str(), container]);
            docker::run(&command).await?;
        }
        Ok(())
    }

    /// One more user every [`WRITE_INTERVAL`] writes a topic, for this long.
    async fn write(&mut self, during: Duration) {
        self.write_during(sleep(during)).await;
    }

    /// The same until `work` has ended.
    async fn write_during<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            let n = self.requests.len() + 1;
            let person = self.telegram.person_speaking(&format!("User {n}"), "en").await;
            let topic = format!("Why tests matter, part {n}");
            self.requests.push(order(&self.telegram, &person, &topic).await);
            tokio::select! {
                done = &mut work => return done,
                () = sleep(WRITE_INTERVAL) => {}
            }
        }
    }

    /// The sources are read one after the other, so the first audit without unfinished work may
    /// contradict itself. The next one counts: nothing was in progress any more when it began.
    async fn audit_when_idle(&self) -> anyhow::Result<AuditData> {
        let deadline = Instant::now() + PATIENCE;
        let mut was_idle = false;
        loop {
            let audited = self.audit().await;
            let is_final = was_idle || Instant::now() >= deadline;
            match audited {
                Ok(data) if is_final => return Ok(data),
                Err(e) if is_final => return Err(e),
                Ok(data) => was_idle = judge(&data).count(FindingClass::Unfinished) == 0,
                // A store may still be starting.
                Err(_) => {}
            }
            sleep(AUDIT_INTERVAL).await;
        }
    }

    async fn audit(&self) -> anyhow::Result<AuditData> {
        let settings = self.settings().await?;
        let sources = AuditSources {
            client: TemporalTarget::of(&settings.temporal).connect("e2e").await?,
            database_url: settings.data.database_url.expose().to_owned(),
            blobs: gateway::carousel_request::blobs(&settings)?,
            output: None,
            telegram: Some(self.telegram.clone()),
            is_uncertainty_notice: offers_resend,
        };
        Ok(sources.read(&self.requests).await?)
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
        docker::container(&self.name, service).await
    }

    /// Those of the services that the project has now.
    async fn existing(&self, services: &[&str]) -> anyhow::Result<Vec<String>> {
        let project = format!("label=com.docker.compose.project={}", self.name);
        let format = "{{.Label \"com.docker.compose.service\"}}";
        let found = docker::run(&["ps", "--filter", &project, "--format", format]).await?;
        let exists = |service: &&&str| found.lines().any(|name| name == **service);
        Ok(services.iter().filter(exists).map(|service| (*service).to_owned()).collect())
    }

    async fn address(&self, service: &str) -> anyhow::Result<String> {
        let described = docker::inspect(&self.container(service).await?).await?;
        let networks = described["NetworkSettings"]["Networks"].as_object();
        let mut addresses = networks.into_iter().flat_map(|networks| networks.values());
        let address = addresses.find_map(|network| network["IPAddress"].as_str());
        let address = address.filter(|address| !address.is_empty());
        Ok(address.with_context(|| format!("{service} has no address"))?.to_owned())
    }
}
