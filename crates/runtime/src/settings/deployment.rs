//! The worker deployment to which a process belongs.

use super::{TEMPORAL_DEPLOYMENT_NAME, TEMPORAL_WORKER_BUILD_ID, text};
use crate::env::Env;

/// A version of a worker deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerDeployment {
    pub name: String,
    pub build_id: String,
}

pub(super) fn read(env: &Env) -> Option<WorkerDeployment> {
    let name = text(env, TEMPORAL_DEPLOYMENT_NAME)?;
    let build_id = text(env, TEMPORAL_WORKER_BUILD_ID).unwrap_or_else(|| crate::VERSION.to_owned());
    Some(WorkerDeployment { name, build_id })
}
