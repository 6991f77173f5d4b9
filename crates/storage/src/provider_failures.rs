//! Failed calls in a row of each model service. A circuit breaker is in the memory of one process;
//! this is what all processes have recorded.

use events::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    EntityTrait as _, QueryOrder as _,
    sea_query::{Expr, ExprTrait as _, OnConflict},
};

use crate::{
    ReadAccess, Result, Tx,
    entity::provider_failure::{ActiveModel, Column, Entity},
    tx::{strip_nul, truncate_to_micros},
};

/// The result of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderCall {
    pub provider: String,
    /// Why it failed, if the service is to blame.
    pub failure: Option<String>,
    pub at: Timestamp,
}

/// A service whose newest calls have failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderFailures {
    pub provider: String,
    /// In a row.
    pub failures: u64,
    /// Of the last one, for operators.
    pub reason: String,
    /// When the first of them failed.
    pub since: Timestamp,
    pub last_at: Timestamp,
}

/// Records calls in their order: a success ends the row of failures.
pub async fn record(tx: &Tx, calls: &[ProviderCall]) -> Result<()> {
    for call in calls {
        match &call.failure {
            None => {
                Entity::delete_by_id(strip_nul(&call.provider)).exec(&*tx.0).await?;
            }
            Some(reason) => failed(tx, call, reason).await?,
        }
    }
    Ok(())
}

async fn failed(tx: &Tx, call: &ProviderCall, reason: &str) -> Result<()> {
    let at = truncate_to_micros(call.at);
    let row = ActiveModel {
        provider: Set(strip_nul(&call.provider)),
        failures: Set(1),
        reason: Set(strip_nul(reason)),
        since: Set(at),
        last_at: Set(at),
    };
    let more = OnConflict::column(Column::Provider)
        .update_columns([Column::Reason, Column::LastAt])
        .value(Column::Failures, Expr::col((Entity, Column::Failures)).add(1))
        .to_owned();
    Entity::insert(row).on_conflict(more).exec_without_returning(&*tx.0).await?;
    Ok(())
}

/// All services whose newest call has failed.
pub async fn list(on: &impl ReadAccess) -> Result<Vec<ProviderFailures>> {
    let rows = Entity::find().order_by_asc(Column::Provider).all(on.connection()).await?;
    let read = |row: crate::entity::provider_failure::Model| ProviderFailures {
        provider: row.provider,
        failures: u64::try_from(row.failures).unwrap_or_default(),
        reason: row.reason,
        since: row.since,
        last_at: row.last_at,
    };
    Ok(rows.into_iter().map(read).collect())
}
