//! Everything that a cluster stores or shows, as text, so that a test can search all of it for
//! words of one person.

use std::path::Path;

use prost::Message as _;
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DbErr, Statement};
use temporalio_client::{Client, tonic};
use temporalio_protos::temporal::api::{
    common::v1::WorkflowExecution,
    workflowservice::v1::{
        DescribeScheduleRequest, DescribeWorkflowExecutionRequest,
        GetWorkflowExecutionHistoryRequest, ListSchedulesRequest, ListWorkflowExecutionsRequest,
    },
};
use url::Url;

use super::{Cluster, ClusterError, Member, roles};
use crate::http::HttpRequest;

/// Folders and files that are not the application's: Temporal's and PostgreSQL's own files, which
/// are read through their servers, and the chats of the fake Bot API.
const FOREIGN: [&str; 4] = ["temporal", "temporal.log", "postgres", "bot-api.log"];

/// Workflows and schedules per page; a cluster of a test has fewer.
const PAGE: i32 = 1_000;

/// One place where something is stored or shown.
#[derive(Debug, Clone)]
pub struct Store {
    /// The file, table, workflow, schedule or page.
    pub name: String,
    /// Its contents, in lower case. Bytes that are no text are replaced.
    pub contents: String,
}

impl Store {
    fn new(name: impl Into<String>, contents: &[u8]) -> Self {
        Self { name: name.into(), contents: String::from_utf8_lossy(contents).to_lowercase() }
    }

    /// Whether a word, in lower case, is in its contents.
    pub fn holds(&self, word: &str) -> bool {
        self.contents.contains(word)
    }
}

impl Cluster {
    /// Every file (SQLite with its log, blobs, exports, process logs), every row of PostgreSQL,
    /// every workflow with its history, every schedule, and every metrics page.
    pub async fn stores(&self) -> Result<Vec<Store>, ClusterError> {
        let mut stores = Vec::new();
        files(&self.folder, &self.folder, &mut stores)
            .map_err(|source| ClusterError::Folder { path: self.folder.clone(), source })?;
        if self.postgres.is_some() {
            let read = rows(&self.database_url(), &mut stores).await;
            read.map_err(crate::audit::AuditError::from)?;
        }
        let client = self.client().await?;
        let read = workflows(&client, &mut stores).await;
        read.map_err(|status| temporal(&status))?;
        let read = schedules(&client, &mut stores).await;
        read.map_err(|status| temporal(&status))?;
        for seat in self.member_ids() {
            if matches!(seat.member, Member::Pool(_) | Member::Gateway) {
                let page = self.metrics_page(seat).await?;
                stores.push(Store::new(format!("{seat} /metrics"), page.as_bytes()));
            }
        }
        Ok(stores)
    }

    /// `host:port` of a role's operator port, since its latest start.
    pub fn operator_address(&self, seat: super::MemberId) -> Option<String> {
        roles::probes(&self.process(seat).log_since_start())
    }

    /// The metrics page of a running role.
    pub async fn metrics_page(&self, seat: super::MemberId) -> Result<String, ClusterError> {
        let process = self.process(seat);
        let silent = |reason: String| process.not_ready(reason);
        let address = self.operator_address(seat);
        let address = address.ok_or_else(|| silent("it has no metrics page".to_owned()))?;
        let url = format!("http://{address}/metrics").parse::<Url>();
        let url = url.map_err(|error| silent(error.to_string()))?;
        let answer = HttpRequest::get(url).send(super::READY).await;
        let answer = answer.map_err(|error| silent(error.to_string()))?;
        Ok(answer.text())
    }
}

fn temporal(status: &tonic::Status) -> ClusterError {
    crate::audit::AuditError::Temporal(status.message().to_owned()).into()
}

fn files(root: &Path, folder: &Path, stores: &mut Vec<Store>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.strip_prefix(root).unwrap_or(&path);
        if FOREIGN.iter().any(|foreign| name == Path::new(foreign)) {
            continue;
        }
        if path.is_dir() {
            files(root, &path, stores)?;
            continue;
        }
        match std::fs::read(&path) {
            Ok(contents) => stores.push(Store::new(name.display().to_string(), &contents)),
            // SQLite and the blob store remove files at any time.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Every row of every table of PostgreSQL, as text.
async fn rows(url: &str, stores: &mut Vec<Store>) -> Result<(), DbErr> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await?;
    let backend = db.get_database_backend();
    let tables = "SELECT table_name::text AS name FROM information_schema.tables \
                  WHERE table_schema NOT IN ('pg_catalog', 'information_schema')";
    for table in db.query_all_raw(Statement::from_string(backend, tables)).await? {
        let table: String = table.try_get("", "name")?;
        let sql = format!("SELECT t::text AS line FROM \"{table}\" t");
        let lines = db.query_all_raw(Statement::from_string(backend, sql));
        let mut contents = String::new();
        for line in lines.await? {
            contents.push_str(&line.try_get::<String>("", "line")?);
            contents.push('\n');
        }
        stores.push(Store::new(format!("table {table}"), contents.as_bytes()));
    }
    db.close().await
}

/// Every workflow, open or closed: its list entry, its description and its history.
async fn workflows(client: &Client, stores: &mut Vec<Store>) -> Result<(), tonic::Status> {
    let namespace = client.options().namespace.clone();
    let mut service = client.connection().workflow_service();
    let request = ListWorkflowExecutionsRequest {
        namespace: namespace.clone(),
        page_size: PAGE,
        ..Default::default()
    };
    let listed = service.list_workflow_executions(tonic::Request::new(request));
    for found in listed.await?.into_inner().executions {
        let execution = found.execution.clone();
        let mut contents = found.encode_to_vec();
        let request = DescribeWorkflowExecutionRequest {
            namespace: namespace.clone(),
            execution: execution.clone(),
        };
        let described = service.describe_workflow_execution(tonic::Request::new(request));
        if let Some(described) = found_only(described.await)? {
            contents.extend(described.encode_to_vec());
        }
        let mut next_page_token = Vec::new();
        loop {
            let request = GetWorkflowExecutionHistoryRequest {
                namespace: namespace.clone(),
                execution: execution.clone(),
                maximum_page_size: PAGE,
                next_page_token,
                ..Default::default()
            };
            let history = service.get_workflow_execution_history(tonic::Request::new(request));
            let Some(history) = found_only(history.await)? else {
                break;
            };
            contents.extend(history.encode_to_vec());
            next_page_token = history.next_page_token;
            if next_page_token.is_empty() {
                break;
            }
        }
        let WorkflowExecution { workflow_id, .. } = execution.unwrap_or_default();
        stores.push(Store::new(format!("workflow {workflow_id}"), &contents));
    }
    Ok(())
}

async fn schedules(client: &Client, stores: &mut Vec<Store>) -> Result<(), tonic::Status> {
    let namespace = client.options().namespace.clone();
    let mut service = client.connection().workflow_service();
    let request = ListSchedulesRequest {
        namespace: namespace.clone(),
        maximum_page_size: PAGE,
        ..Default::default()
    };
    let listed = service.list_schedules(tonic::Request::new(request));
    for found in listed.await?.into_inner().schedules {
        let mut contents = found.encode_to_vec();
        let request = DescribeScheduleRequest {
            namespace: namespace.clone(),
            schedule_id: found.schedule_id.clone(),
        };
        let described = service.describe_schedule(tonic::Request::new(request));
        if let Some(described) = found_only(described.await)? {
            contents.extend(described.encode_to_vec());
        }
        stores.push(Store::new(format!("schedule {}", found.schedule_id), &contents));
    }
    Ok(())
}

/// `None` if it was deleted after it was listed.
fn found_only<T>(
    answer: Result<tonic::Response<T>, tonic::Status>,
) -> Result<Option<T>, tonic::Status> {
    match answer {
        Ok(answer) => Ok(Some(answer.into_inner())),
        Err(status) if status.code() == tonic::Code::NotFound => Ok(None),
        Err(status) => Err(status),
    }
}
