//! Request events that were admitted: each becomes work once, and counts once against its source's quota.

use domain::UserId;
use events::{EventSource, Timestamp};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
};

use crate::{
    Result, Tx,
    entity::event_request::{ActiveModel, Column, Entity},
    prune,
    tx::{lock_by_name, truncate_to_micros},
};

/// A request event.
#[derive(Debug, Clone, Copy)]
pub struct EventRequest<'a> {
    /// Its name, made from its source and its id there.
    pub name: &'a str,
    pub source: &'a EventSource,
    /// The user of its work.
    pub user: &'a UserId,
    /// The workflow that it starts or signals.
    pub workflow: &'a str,
    pub at: Timestamp,
}

/// The answer to [`admit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventAdmission {
    /// The request counts from now on, or was admitted before.
    Admitted,
    /// The source has used its quota of today (UTC).
    OverQuota,
}

/// Admits a request, unless its source has had `per_day` others today (UTC).
pub async fn admit(tx: &Tx, request: &EventRequest<'_>, per_day: u32) -> Result<EventAdmission> {
    let source = request.source.as_str();
    lock_by_name(&tx.0, &format!("event source {source}")).await?;
    if Entity::find_by_id(request.name).one(&*tx.0).await?.is_some() {
        return Ok(EventAdmission::Admitted);
    }
    let midnight = request.at.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
    let today = Entity::find()
        .filter(Column::Source.eq(source))
        .filter(Column::AdmittedAt.gte(truncate_to_micros(midnight)))
        .count(&*tx.0)
        .await?;
    if today >= u64::from(per_day) {
        return Ok(EventAdmission::OverQuota);
    }
    let row = ActiveModel {
        id: Set(request.name.to_owned()),
        source: Set(source.to_owned()),
        user_id: Set(request.user.as_str().to_owned()),
        workflow_id: Set(request.workflow.to_owned()),
        admitted_at: Set(truncate_to_micros(request.at)),
    };
    Entity::insert(row).exec_without_returning(&*tx.0).await?;
    Ok(EventAdmission::Admitted)
}

/// Deletes at most `limit` requests that were admitted before `before`. Returns how many. It has to be longer
/// ago than a request may be delivered again.
pub async fn prune(tx: &Tx, before: Timestamp, limit: u32) -> Result<u64> {
    let old = Column::AdmittedAt.lt(truncate_to_micros(before));
    prune::older::<Entity>(tx, Column::Id, old, limit).await
}
