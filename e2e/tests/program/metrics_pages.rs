//! The live metrics page of every role, as Prometheus reads it.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use testkit::cluster::{ClusterPlan, Member};

/// `promtool` exits with this code if it can read a page and would name something differently.
const STYLE: i32 = 3;

#[tokio::test]
async fn promtool_accepts_the_page_of_every_role() {
    if Command::new("promtool").arg("--version").output().is_err() {
        let _ = writeln!(std::io::stderr(), "skipped: no promtool (Debian: prometheus)");
        return;
    }
    let plan = ClusterPlan::new(env!("CARGO_BIN_EXE_e2e")).with(Member::Gateway).bot_api();
    let cluster = plan.start().await.unwrap();
    cluster.telegram().person("Ann").await.orders("Why tests matter", 7).await;
    let mut checked = 0;
    for role in cluster.member_ids() {
        if matches!(role.member, Member::Pool(_) | Member::Gateway) {
            let page = cluster.metrics_page(role).await.unwrap();
            assert_accepted(&role.to_string(), &page);
            checked += 1;
        }
    }
    assert_eq!(checked, 6, "five pools and the gateway");
}

/// The names of the SDK's metrics are not ours to choose.
fn assert_accepted(role: &str, page: &str) {
    let mut check = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    check.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let checked = check.wait_with_output().unwrap();
    let said = [&checked.stderr[..], &checked.stdout].map(String::from_utf8_lossy).concat();
    let readable = checked.status.success() || checked.status.code() == Some(STYLE);
    assert!(readable, "{role}: {said}");
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("vibecoder_")).collect();
    assert!(ours.is_empty(), "{role}: {ours:#?}");
}
