//! A real Prometheus and Alertmanager with the files of `deploy/prometheus`, in which every duration
//! is shortened.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use testkit::{
    PortReservation,
    cluster::{Cluster, Member, MemberId},
    http::HttpRequest,
};
use url::Url;

const RULES: &str = include_str!("../../../deploy/prometheus/alerts.yml");
const PROMETHEUS: &str = include_str!("../../../deploy/prometheus/prometheus.yml");
const ALERTMANAGER: &str = include_str!("../../../deploy/prometheus/alertmanager.yml");

/// The token of the gateway's endpoint for alerts.
pub(super) const ALERT_TOKEN: &str = "observe-0123456789abcdef";

/// Between two readings of a process. A page takes up to 3 s while the database is down.
const SCRAPE: Duration = Duration::from_secs(4);

/// The deadline for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where both programs listen.
pub(super) struct Monitors {
    prometheus: Url,
    /// Reserved until both have ended.
    _ports: PortReservation,
    /// `[5m]` in a rule is five minutes divided by this.
    speed: u32,
}

/// An alert that fires.
pub(super) struct FiringAlert {
    pub(super) name: String,
    pub(super) summary: String,
}

impl Monitors {
    /// Starts both programs; they end with the cluster.
    pub(super) async fn start(cluster: &mut Cluster, speed: u32) -> anyhow::Result<Self> {
        let folder = cluster.folder().join("monitors");
        fs::create_dir_all(&folder)?;
        let ports = PortReservation::of(2);
        let address = |n| format!("127.0.0.1:{}", ports.port(n));
        let gateway = cluster.operator_address(Member::Gateway.into());
        let gateway = gateway.context("the gateway has no operator port")?;
        let write = |name: &str, text: &str| fs::write(folder.join(name), text);
        write("alertmanager.token", ALERT_TOKEN)?;
        write("alerts.yml", &shortened(RULES, speed))?;
        write("alertmanager.yml", &alertmanager(&gateway)?)?;
        write("prometheus.yml", &prometheus(&address(1))?)?;
        let prometheus_address = address(0);
        let prometheus_url = Url::parse(&format!("http://{prometheus_address}/"))?;
        let alertmanager_address = address(1);
        let monitors = Self { prometheus: prometheus_url, _ports: ports, speed };
        monitors.set_targets(cluster)?;
        let inside = |name: &str| folder.join(name).display().to_string();
        let program =
            ["prometheus-alertmanager", "alertmanager"].into_iter().find(|it| is_there(it));
        let program =
            program.context("alertmanager is missing (Debian: prometheus-alertmanager)")?;
        cluster.start_program(
            "alertmanager",
            program,
            &[
                format!("--config.file={}", inside("alertmanager.yml")),
                format!("--storage.path={}", inside("alertmanager")),
                format!("--web.listen-address={alertmanager_address}"),
                "--cluster.listen-address=".to_owned(),
            ],
        )?;
        cluster
            .start_program(
                "prometheus",
                "prometheus",
                &[
                    format!("--config.file={}", inside("prometheus.yml")),
                    format!("--storage.tsdb.path={}", inside("prometheus")),
                    format!("--web.listen-address={prometheus_address}"),
                ],
            )
            .context("Debian: prometheus")?;
        Ok(monitors)
    }

    /// Names the processes as Prometheus's targets: their ports change when they are restarted.
    pub(super) fn set_targets(&self, cluster: &Cluster) -> anyhow::Result<()> {
        let targets = roles(cluster).into_iter().filter_map(|role| {
            let address = cluster.operator_address(role)?;
            Some(json!({ "targets": [address], "labels": { "instance": role.to_string() } }))
        });
        let targets = Value::Array(targets.collect());
        fs::write(cluster.folder().join("monitors/targets.json"), targets.to_string())?;
        Ok(())
    }

    /// What fires now, without the burn rates over hours and days: shortened, they still last longer
    /// than this program. `promtool test rules` tests them.
    pub(super) async fn firing(&self) -> anyhow::Result<Vec<FiringAlert>> {
        let data = self.get("api/v1/alerts", &[]).await?;
        let alerts = data["alerts"].as_array().cloned().unwrap_or_default();
        let text = |alert: &Value, part: &str, name: &str| {
            alert[part][name].as_str().unwrap_or_default().to_owned()
        };
        let is_long =
            |alert: &Value| matches!(text(alert, "labels", "window").as_str(), "6h" | "3d");
        let firing = alerts.iter().filter(|alert| alert["state"] == "firing" && !is_long(alert));
        let firing = firing.map(|alert| FiringAlert {
            name: text(alert, "labels", "alertname"),
            summary: text(alert, "annotations", "summary"),
        });
        Ok(firing.collect())
    }

    /// Whether an expression of a dashboard had a value in the last `seconds`.
    pub(super) async fn has_data(&self, expression: &str, seconds: u64) -> anyhow::Result<bool> {
        let expression = shortened(expression, self.speed)
            .replace("$__rate_interval", &format!("{}s", SCRAPE.as_secs() * 4))
            .replace("$instance", ".*")
            .replace("$queue", ".*");
        let now = std::time::UNIX_EPOCH.elapsed()?.as_secs();
        let parameters = [
            ("query", expression),
            ("start", (now - seconds).to_string()),
            ("end", now.to_string()),
            ("step", "5".to_owned()),
        ];
        let data = self.get("api/v1/query_range", &parameters).await?;
        // `NaN` is the result of 0 / 0: no data.
        let series = data["result"].as_array().cloned().unwrap_or_default();
        let values = series.iter().flat_map(|one| one["values"].as_array().cloned());
        Ok(values.flatten().any(|value| value[1] != "NaN"))
    }

    /// The names of all metrics that Prometheus has.
    pub(super) async fn names(&self) -> anyhow::Result<Vec<String>> {
        let data = self.get("api/v1/label/__name__/values", &[]).await?;
        Ok(serde_json::from_value(data)?)
    }

    async fn get(&self, path: &str, parameters: &[(&str, String)]) -> anyhow::Result<Value> {
        let mut url = self.prometheus.join(path)?;
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        let answer = HttpRequest::get(url).send(PATIENCE).await?;
        let answer: Value = answer.json().map_err(anyhow::Error::msg)?;
        if answer["status"] != "success" {
            bail!("Prometheus: {answer}");
        }
        Ok(answer["data"].clone())
    }

    /// Waits until Prometheus answers and has read every target.
    pub(super) async fn until_ready(&self) {
        testkit::eventually("Prometheus reads every process", async || {
            let data = self.get("api/v1/targets", &[("state", "active".to_owned())]).await.ok()?;
            let targets = data["activeTargets"].as_array()?;
            (!targets.is_empty() && targets.iter().all(|it| it["health"] == "up")).then_some(())
        })
        .await;
    }
}

/// Worker pools and gateways.
pub(super) fn roles(cluster: &Cluster) -> Vec<MemberId> {
    let mut roles = cluster.member_ids();
    roles.retain(|role| matches!(role.member, Member::Pool(_) | Member::Gateway));
    roles
}

/// Prometheus's configuration for a cluster.
fn prometheus(alertmanager: &str) -> anyhow::Result<String> {
    let scrape = format!("{}s", SCRAPE.as_secs());
    replaced(
        PROMETHEUS,
        &[
            (
                "scrape_interval: 15s",
                &format!("scrape_interval: {scrape}\n  scrape_timeout: {scrape}"),
            ),
            ("evaluation_interval: 15s", "evaluation_interval: 1s"),
            ("127.0.0.1:9093", alertmanager),
            (
                "    static_configs:\n      - targets: [\"127.0.0.1:9464\", \"127.0.0.1:9465\"]",
                "    file_sd_configs:\n      - files: [targets.json]\n        refresh_interval: 1s",
            ),
        ],
    )
}

/// Alertmanager's configuration for a cluster.
fn alertmanager(gateway: &str) -> anyhow::Result<String> {
    let changes = [
        ("127.0.0.1:9465", gateway),
        ("group_wait: 10s", "group_wait: 1s"),
        ("group_interval: 1m", "group_interval: 2s"),
    ];
    replaced(ALERTMANAGER, &changes)
}

fn replaced(text: &str, changes: &[(&str, &str)]) -> anyhow::Result<String> {
    let mut text = text.to_owned();
    for (from, to) in changes {
        if !text.contains(from) {
            bail!("deploy/prometheus has changed: “{from}” is missing");
        }
        text = text.replace(from, to);
    }
    Ok(text)
}

/// The rules with every window (`[5m]`) and waiting time (`for: 2m`) divided by `speed`.
fn shortened(rules: &str, speed: u32) -> String {
    let lines = rules.lines().map(|line| match line.trim_start().strip_prefix("for: ") {
        Some(wait) => match seconds(wait) {
            Some(wait) => {
                let indent = &line[..line.len() - line.trim_start().len()];
                format!("{indent}for: {}s", wait / u64::from(speed))
            }
            None => line.to_owned(),
        },
        None => {
            let mut parts = line.split('[');
            let first = parts.next().unwrap_or_default().to_owned();
            parts.fold(first, |line, part| match part.split_once(']') {
                Some((window, rest)) if seconds(window).is_some() => {
                    // A rate needs two readings at least.
                    let least = SCRAPE.as_secs() * 3;
                    let window = seconds(window).unwrap_or_default() / u64::from(speed);
                    format!("{line}[{}s]{rest}", window.max(least))
                }
                _ => format!("{line}[{part}"),
            })
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// `5m` in seconds.
fn seconds(duration: &str) -> Option<u64> {
    let (number, unit) = duration.split_at_checked(duration.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    Some(number.parse::<u64>().ok()? * unit)
}

fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| Path::new(&folder).join(program).exists())
}

/// Whether both programs are installed.
pub(super) fn are_installed() -> bool {
    is_there("prometheus") && (is_there("prometheus-alertmanager") || is_there("alertmanager"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_and_waiting_times_are_shortened() {
        let rule = "expr: rate(a{b=\"c\"}[1h]) > 2 and increase(d[5m])\n  for: 2m\n  severity: x";
        let short =
            "expr: rate(a{b=\"c\"}[180s]) > 2 and increase(d[15s])\n  for: 6s\n  severity: x";
        assert_eq!(shortened(rule, 20), short);
        assert_eq!(shortened("x[5m]", 1_000), "x[12s]", "two readings fit");
    }

    #[test]
    fn deployed_files_fit_a_cluster() {
        let config = prometheus("127.0.0.1:1").unwrap();
        assert!(config.contains("targets.json") && !config.contains("9464"), "{config}");
        assert!(alertmanager("127.0.0.1:2").unwrap().contains("http://127.0.0.1:2/alerts"));
        assert!(!shortened(RULES, 20).contains("[5m]"));
    }
}
