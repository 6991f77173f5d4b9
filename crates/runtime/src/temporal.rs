//! The connection to Temporal: with a deadline, with errors that say what to do, and with the
//! registration of missing search attributes.

use std::{collections::HashMap, time::Duration};

use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, errors::ClientConnectError, tonic,
};
use temporalio_protos::temporal::api::{
    enums::v1::IndexedValueType,
    operatorservice::v1::{AddSearchAttributesRequest, ListSearchAttributesRequest},
    workflowservice::v1::{DescribeNamespaceRequest, GetSystemInfoRequest},
};
use temporalio_sdk::opentelemetry::OpenTelemetryPlugin;
use url::Url;

use crate::{codec::Codec, http::Check, settings};

/// The default address of the frontend.
pub const DEFAULT_ADDRESS: &str = "http://127.0.0.1:7233";

/// The default address of the Web UI.
pub const DEFAULT_UI: &str = "http://127.0.0.1:8233";

/// The deadline for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Why Temporal can't be used; each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum TemporalError {
    #[error(
        "no Temporal answers at {address}: {reason}\n\
         Start one with `cargo dev` (in another terminal), or set TEMPORAL_ADDRESS to yours."
    )]
    Unreachable { address: Url, reason: String },
    #[error(
        "Temporal at {address} has no namespace “{namespace}”: create it with \
         `temporal operator namespace create -n {namespace}`, or set TEMPORAL_NAMESPACE"
    )]
    NoNamespace { address: Url, namespace: String },
    #[error(
        "Temporal lacks the search attributes {missing} and refuses to add them: {reason}\n\
         Add them by hand: {command}"
    )]
    SearchAttributes {
        /// The missing names.
        missing: String,
        /// The server's message.
        reason: String,
        /// The command that adds them.
        command: String,
    },
    /// The server answered with an error.
    #[error("Temporal at {address} refused: {reason}")]
    Refused {
        address: Url,
        /// The server's message.
        reason: String,
    },
}

/// The address of a server, and its credentials.
#[derive(Debug, Clone)]
pub struct TemporalTarget {
    /// The frontend.
    pub address: Url,
    pub namespace: String,
    pub api_key: Option<settings::Secret>,
    /// The Web UI.
    pub ui: Url,
    /// Encrypts payloads.
    pub codec: Codec,
    /// Whether calls carry the current trace in their headers, and workers continue it.
    pub traced: bool,
}

impl TemporalTarget {
    /// The server in the settings, or else at the default address of `cargo dev`.
    pub fn of(settings: &settings::TemporalSettings) -> Self {
        let default = |url: &str| Url::parse(url).expect("our own URLs are well-formed");
        Self {
            address: settings.address.clone().unwrap_or_else(|| default(DEFAULT_ADDRESS)),
            namespace: settings.namespace.clone(),
            api_key: settings.api_key.clone(),
            ui: settings.ui.clone().unwrap_or_else(|| default(DEFAULT_UI)),
            codec: settings.codec.clone(),
            traced: settings.traced,
        }
    }

    /// The Web UI's page of a run, or of the newest run of a workflow id.
    pub fn ui_link(&self, workflow_id: &str, run_id: Option<&str>) -> String {
        let base = self.ui.as_str().trim_end_matches('/');
        let run = run_id.map(|id| format!("/{id}/history")).unwrap_or_default();
        format!("{base}/namespaces/{}/workflows/{workflow_id}{run}", self.namespace)
    }

    /// Connects as `identity`, which the Web UI shows with everything that this process does.
    ///
    /// # Errors
    /// [`TemporalError`] if no server answers within 5 s, or the namespace is missing.
    pub async fn connect(&self, identity: &str) -> Result<Client, TemporalError> {
        let options = ConnectionOptions::new(self.address.clone())
            .identity(identity)
            .connect_timeout(CONNECT_TIMEOUT)
            .maybe_api_key(self.api_key.as_ref().map(|key| key.expose().to_owned()))
            .build();
        let connecting = Connection::connect(options);
        let connection = tokio::time::timeout(CONNECT_TIMEOUT * 2, connecting)
            .await
            .map_err(|_| self.unreachable("it does not answer in time".to_owned()))?
            .map_err(|e| self.unreachable(innermost_reason(&e)))?;
        let options = ClientOptions::new(&self.namespace).data_converter(self.codec.converter());
        let options = if self.traced {
            // Workers take it over from their client.
            options.plugin(OpenTelemetryPlugin::builder().build()).build()
        } else {
            options.build()
        };
        let client = Client::new(connection, options).map_err(|e| self.refused(e.to_string()))?;
        self.find_namespace(&client).await?;
        Ok(client)
    }

    async fn find_namespace(&self, client: &Client) -> Result<(), TemporalError> {
        let request =
            DescribeNamespaceRequest { namespace: self.namespace.clone(), ..Default::default() };
        let mut service = client.connection().workflow_service();
        match service.describe_namespace(tonic::Request::new(request)).await {
            Ok(_) => Ok(()),
            Err(status) if status.code() == tonic::Code::NotFound => {
                Err(TemporalError::NoNamespace {
                    address: self.address.clone(),
                    namespace: self.namespace.clone(),
                })
            }
            // A key without permission to describe namespaces may still run workflows in one.
            Err(status) if status.code() == tonic::Code::PermissionDenied => Ok(()),
            Err(status) => Err(self.refused(status.message().to_owned())),
        }
    }

    fn unreachable(&self, reason: String) -> TemporalError {
        TemporalError::Unreachable { address: self.address.clone(), reason }
    }

    fn refused(&self, reason: String) -> TemporalError {
        TemporalError::Refused { address: self.address.clone(), reason }
    }
}

/// Checks that the server answers.
pub async fn ping(client: &Client) -> Result<(), String> {
    let mut service = client.connection().workflow_service();
    let request = tonic::Request::new(GetSystemInfoRequest::default());
    service.get_system_info(request).await.map(drop).map_err(|status| status.message().to_owned())
}

/// [`ping`] as a readiness check.
pub fn check(client: &Client) -> Check {
    Check::of("temporal", client.clone(), |client| async move { ping(&client).await })
}

/// Registers the missing ones of the keyword search attributes `names`.
///
/// # Errors
/// [`TemporalError::SearchAttributes`] if some are missing and the server refuses them (as Temporal Cloud
/// does), with the command that adds them.
pub async fn register_search_attributes(
    client: &Client,
    names: &[&str],
) -> Result<(), TemporalError> {
    let namespace = client.options().namespace.clone();
    let mut operator = client.connection().operator_service();
    let list = ListSearchAttributesRequest { namespace: namespace.clone() };
    let present = match operator.list_search_attributes(tonic::Request::new(list)).await {
        Ok(answer) => answer.into_inner().custom_attributes,
        Err(status) => return Err(missing(names, &status, &namespace)),
    };
    let absent: Vec<&str> =
        names.iter().copied().filter(|name| !present.contains_key(*name)).collect();
    if absent.is_empty() {
        return Ok(());
    }
    let keyword = |name: &&str| ((*name).to_owned(), IndexedValueType::Keyword as i32);
    let add = AddSearchAttributesRequest {
        namespace: namespace.clone(),
        search_attributes: absent.iter().map(keyword).collect::<HashMap<_, _>>(),
    };
    match operator.add_search_attributes(tonic::Request::new(add)).await {
        Ok(_) => {
            tracing::info!(attributes = absent.join(", "), "search attributes registered");
            Ok(())
        }
        // Another worker has added it meanwhile.
        Err(status) if status.code() == tonic::Code::AlreadyExists => Ok(()),
        Err(status) => Err(missing(&absent, &status, &namespace)),
    }
}

fn missing(names: &[&str], status: &tonic::Status, namespace: &str) -> TemporalError {
    let flags: Vec<String> = names.iter().map(|n| format!("--name {n} --type Keyword")).collect();
    TemporalError::SearchAttributes {
        missing: names.join(", "),
        reason: status.message().to_owned(),
        command: format!(
            "temporal operator search-attribute create -n {namespace} {}",
            flags.join(" ")
        ),
    }
}

/// The innermost reason, which is the one that a person can act on.
fn innermost_reason(error: &ClientConnectError) -> String {
    if let ClientConnectError::SystemInfoCallError(status) = error {
        return status.message().to_owned();
    }
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
