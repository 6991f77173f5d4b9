//! How each member of a cluster is started and configured, and when it is ready.

use std::{path::PathBuf, time::Duration};

use url::Url;

use super::{
    Cluster, ClusterError, Member, MemberId, ProxiedServer, READY,
    postgres::Postgres,
    process::{self, ClusterProcess, ProcessSpec},
};
use crate::{
    bot_api::{FakeBotApi, FakeBotApiOptions},
    failpoints,
    http::HttpRequest,
    signals::Signal,
};

/// The log line of an open probe port, before the address.
const PROBES: &str = "metrics and health at ";

/// The index of each port among the reserved ones; the first two are Temporal's. Roles bind any
/// port and log it.
const POSTGRES: usize = 2;
const BOT_API: usize = 3;
const MODEL: usize = 4;
pub(super) const PORTS: usize = 5;

/// The polling interval for readiness.
const LOOK: Duration = Duration::from_millis(30);

impl Cluster {
    /// Prepares a process without starting it.
    pub(super) fn make(&mut self, seat: MemberId) -> Result<(), ClusterError> {
        let fault = |source| ClusterError::Process { name: seat.to_string(), source };
        let spec = match seat.member {
            Member::Temporal => return Ok(()),
            Member::Postgres => {
                let folder = process::folder(&self.folder, "postgres").map_err(fault)?;
                self.postgres_spec(folder)?
            }
            Member::BotApi => self.bot_api_spec(),
            Member::Model => self.model_spec(),
            Member::Pool(pool) => {
                self.role_with_failpoints(seat, &["role", "workers", "--pool", pool.name()])
            }
            Member::Gateway => self.role_with_failpoints(seat, &["role", "gateway"]),
        };
        let log = self.folder.join(format!("{seat}.log"));
        let reaper = self.reaper.clone();
        let made = ClusterProcess::new(seat.to_string(), spec, log, reaper);
        self.processes.insert(seat, made);
        Ok(())
    }

    fn postgres_spec(&mut self, folder: PathBuf) -> Result<ProcessSpec, ClusterError> {
        let postgres = Postgres::init(folder, self.ports.port(POSTGRES))?;
        let spec = postgres.spec();
        self.postgres = Some(postgres);
        Ok(spec)
    }

    fn bot_api_spec(&mut self) -> ProcessSpec {
        let listen = format!("127.0.0.1:{}", self.ports.port(BOT_API));
        let token = FakeBotApiOptions::default().token;
        let url = url_of(&listen);
        self.telegram = Some(FakeBotApi::at(url, &token));
        self.role(&["role", "bot-api", "--listen", &listen, "--token", &token])
    }

    fn model_spec(&mut self) -> ProcessSpec {
        let port = self.ports.port(MODEL);
        self.model = Some(port);
        let (program, args) = self.plan.model.clone().unwrap_or_default();
        let put = |arg: String| arg.replace("{port}", &port.to_string()).into();
        ProcessSpec {
            program: program.into(),
            args: args.into_iter().map(put).collect(),
            env: Vec::new(),
            folder: self.folder.clone(),
            end: Signal::Term,
        }
    }

    fn role_with_failpoints(&self, seat: MemberId, args: &[&str]) -> ProcessSpec {
        let played = self.plan.failpoints.iter().find(|(s, _)| *s == seat);
        let played = played.map(|(_, failpoints)| failpoints.to_string());
        let mut spec = self.role(args);
        if let Some(older) = &self.plan.older {
            spec.program.clone_from(older);
        }
        let variable = failpoints::VARIABLE.to_owned();
        spec.env.push((variable, played.unwrap_or_default()));
        spec
    }

    /// A role of the test program, with the common environment.
    fn role(&self, args: &[&str]) -> ProcessSpec {
        ProcessSpec {
            program: self.plan.program.clone(),
            args: args.iter().map(Into::into).collect(),
            env: self.environment(),
            folder: self.folder.clone(),
            end: Signal::Term,
        }
    }

    fn environment(&self) -> Vec<(String, String)> {
        let inside = |name: &str| self.folder.join(name).display().to_string();
        let database = match self.address(ProxiedServer::Postgres) {
            Some(address) => Postgres::url(&address),
            None => self.sqlite_url(),
        };
        let temporal = self.address(ProxiedServer::Temporal).unwrap_or_default();
        let mut env = vec![
            ("TEMPORAL_ADDRESS", temporal),
            ("DATABASE_URL", database),
            ("DATA_DIR", inside("data")),
            ("OUTPUT_DIR", inside("out")),
            // Any port: the process logs which.
            ("HTTP_ADDRESS", "127.0.0.1:0".to_owned()),
            ("LOG_FORMAT", "json".to_owned()),
            ("ENVIRONMENT", "test".to_owned()),
            ("RUST_BACKTRACE", "1".to_owned()),
        ];
        if let (Some(telegram), Some(address)) =
            (&self.telegram, self.address(ProxiedServer::BotApi))
        {
            env.push(("TELOXIDE_API_URL", url_of(&address).to_string()));
            env.push(("TELOXIDE_TOKEN", telegram.token().to_owned()));
        }
        if let Some(address) = self.address(ProxiedServer::Model) {
            env.push(("OPENAI_BASE_URL", format!("http://{address}/v1")));
            env.push(("OPENAI_API_KEY", "none".to_owned()));
        }
        let common = env.into_iter().map(|(name, value)| (name.to_owned(), value));
        // The plan's variables come last, so they override the others.
        common.chain(self.plan.env.iter().cloned()).collect()
    }

    /// The address of a server for roles: the chaos proxy's, if there is one.
    fn address(&self, link: ProxiedServer) -> Option<String> {
        match self.links.get(&link) {
            Some(proxy) => Some(proxy.at().to_string()),
            None => self.upstream(link),
        }
    }

    /// The server's own address.
    pub(super) fn upstream(&self, link: ProxiedServer) -> Option<String> {
        match link {
            ProxiedServer::Temporal => {
                let at = self.temporal().address;
                let port = at.port_or_known_default()?;
                Some(format!("{}:{port}", at.host_str()?))
            }
            ProxiedServer::Postgres => self.postgres.as_ref().map(Postgres::address),
            ProxiedServer::BotApi => {
                let at = self.telegram.as_ref()?.url();
                Some(format!("{}:{}", at.host_str()?, at.port()?))
            }
            ProxiedServer::Model => self.model.map(|port| format!("127.0.0.1:{port}")),
        }
    }

    pub(super) fn sqlite_url(&self) -> String {
        format!("sqlite://{}", self.folder.join("data/vibecoder.db").display())
    }

    /// Waits until a process is ready.
    pub(super) async fn is_ready(&mut self, seat: MemberId) -> Result<(), ClusterError> {
        match seat.member {
            Member::Temporal => Ok(()),
            Member::Postgres => {
                let postgres = self.postgres.clone();
                let up = postgres.expect("it was made before it is waited for").is_up().await;
                up.map_err(|reason| self.process(seat).not_ready(reason))
            }
            Member::BotApi => {
                let url = self.telegram().url();
                self.wait_for_answer(seat, url).await
            }
            Member::Model => {
                let port = self.model.unwrap_or_default();
                self.wait_for_answer(seat, url_of(&format!("127.0.0.1:{port}"))).await
            }
            Member::Pool(_) | Member::Gateway => {
                let address = self.process_mut(seat).wait_for_log(probes, READY).await?;
                let page = url_of(&address).join("/readyz");
                self.wait_until_healthy(seat, page.expect("our own path is well-formed")).await
            }
        }
    }

    /// Waits until `url` answers with any status.
    async fn wait_for_answer(&mut self, seat: MemberId, url: Url) -> Result<(), ClusterError> {
        self.poll_url(seat, url, |_| true).await
    }

    async fn wait_until_healthy(&mut self, seat: MemberId, url: Url) -> Result<(), ClusterError> {
        self.poll_url(seat, url, |status| status == 200).await
    }

    async fn poll_url(
        &mut self,
        seat: MemberId,
        url: Url,
        good: impl Fn(u16) -> bool,
    ) -> Result<(), ClusterError> {
        let begun = std::time::Instant::now();
        loop {
            let answer = HttpRequest::get(url.clone()).send(Duration::from_secs(5)).await;
            let reason = match answer {
                Ok(answer) if good(answer.status) => return Ok(()),
                Ok(answer) => answer.text(),
                Err(error) => error.to_string(),
            };
            let process = self.process_mut(seat);
            if let Some(status) = process.ended() {
                return Err(process.not_ready(format!("it ended with {status}")));
            }
            if begun.elapsed() > READY {
                return Err(process.not_ready(reason));
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// The address of the probe port, from the log.
pub(super) fn probes(log: &str) -> Option<String> {
    let (_, rest) = log.split_once(&format!("{PROBES}http://"))?;
    let end = rest.find(|c: char| c != ':' && c != '.' && !c.is_ascii_digit())?;
    Some(rest[..end].to_owned())
}

fn url_of(address: &str) -> Url {
    Url::parse(&format!("http://{address}")).expect("an address makes a URL")
}
