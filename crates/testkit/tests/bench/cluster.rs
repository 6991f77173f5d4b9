//! The cluster runner: servers that are killed, paused and restarted, and the removal of orphans.
//!
//! Roles, and a killed runner, are tested in `e2e`, which has the program that implements them.

use std::{io::Write as _, time::Duration};

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DbErr};
use testkit::{
    chaos_proxy::NetworkFault,
    cluster::{Cluster, ClusterPlan, Member, ProxiedServer, postgres_is_installed},
    signals::is_alive,
};

const SOON: Duration = Duration::from_secs(1);

/// Whether a test has to be skipped because PostgreSQL is missing; prints the reason to stderr,
/// past the test harness.
fn skipped() -> bool {
    let installed = postgres_is_installed();
    if let Err(why) = &installed {
        let _ = writeln!(std::io::stderr(), "testkit: skipped on PostgreSQL: {why}");
    }
    installed.is_err()
}

async fn postgres() -> Cluster {
    let plan = ClusterPlan::new("/nobody")
        .without_pools()
        .postgres()
        .with_chaos_proxy(ProxiedServer::Postgres);
    plan.start().await.unwrap()
}

/// Runs a statement over a new connection with a short timeout.
async fn sql(url: &str, statement: &str) -> Result<u64, DbErr> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).connect_timeout(SOON).acquire_timeout(SOON).sqlx_logging(false);
    let work = async {
        let db = Database::connect(options).await?;
        Ok(db.execute_unprepared(statement).await?.rows_affected())
    };
    let late = |_| DbErr::Custom("late".to_owned());
    tokio::time::timeout(SOON * 2, work).await.map_err(late)?
}

#[tokio::test]
async fn killed_database_keeps_acknowledged_writes() {
    if skipped() {
        return;
    }
    let mut cluster = postgres().await;
    let url = cluster.database_url();
    sql(&url, "CREATE TABLE t (x int)").await.unwrap();
    assert_eq!(sql(&url, "INSERT INTO t VALUES (1)").await.unwrap(), 1);

    cluster.kill(Member::Postgres);
    assert!(!cluster.is_running(Member::Postgres));
    assert!(sql(&url, "SELECT 1").await.is_err());

    cluster.start(Member::Postgres).await.unwrap();
    assert_eq!(sql(&url, "UPDATE t SET x = 2").await.unwrap(), 1);
    assert!(cluster.stop(Member::Postgres).await.unwrap().success(), "in order");
    let log = cluster.log(Member::Postgres);
    assert!(log.contains("---- started again"), "{log}");
}

#[tokio::test]
async fn paused_database_answers_after_resume() {
    if skipped() {
        return;
    }
    let cluster = postgres().await;
    let url = cluster.database_url();
    cluster.pause(Member::Postgres);
    assert!(sql(&url, "SELECT 1").await.is_err());
    cluster.resume(Member::Postgres);
    sql(&url, "SELECT 1").await.unwrap();
}

#[tokio::test]
async fn chaos_proxy_affects_only_its_connection() {
    if skipped() {
        return;
    }
    let cluster = postgres().await;
    let direct = cluster.database_url();
    let at = cluster.link(ProxiedServer::Postgres).at();
    let through = format!("postgres://postgres@{at}/postgres");
    sql(&through, "SELECT 1").await.unwrap();
    cluster.link(ProxiedServer::Postgres).set_fault(NetworkFault::BlackHole);
    assert!(sql(&through, "SELECT 1").await.is_err());
    sql(&direct, "SELECT 1").await.unwrap();
}

#[tokio::test]
async fn killed_temporal_resumes_its_workflows() {
    let mut cluster = ClusterPlan::new("/nobody").without_pools().start().await.unwrap();
    let request = cluster.order("kept", "Naming").await.unwrap();
    let before = cluster.pid(Member::Temporal).unwrap();

    cluster.restart(Member::Temporal).await.unwrap();

    assert_ne!(cluster.pid(Member::Temporal), Some(before));
    let id = domain::CarouselId::parse(&request.id).unwrap();
    let status = cluster.carousels().await.unwrap().status(&id).await.unwrap();
    assert_eq!(status.status, "Running");
}

#[tokio::test]
async fn panic_leaves_no_processes_or_files() {
    let (tell, told) = tokio::sync::oneshot::channel();
    let failed = tokio::spawn(async move {
        let cluster = ClusterPlan::new("/nobody").without_pools().start().await.unwrap();
        let pid = cluster.pid(Member::Temporal).unwrap();
        tell.send((pid, cluster.folder().to_owned())).unwrap();
        panic!("on purpose");
    });
    let (pid, folder) = told.await.unwrap();
    assert!(failed.await.unwrap_err().is_panic());
    assert!(!is_alive(pid));
    assert!(!folder.exists());
}

#[tokio::test]
async fn failed_start_reports_end_of_log() {
    let plan = ClusterPlan::new("/nobody").without_pools();
    let plan = plan.model("sh", &["-c", "echo no model on port {port} today; exit 3"]);
    let error = plan.start().await.err().unwrap().to_string();
    assert!(error.contains("model: it ended with exit status: 3"), "{error}");
    assert!(error.contains("no model on port") && !error.contains("{port}"), "{error}");
}
