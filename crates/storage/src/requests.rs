//! Requests of other systems that were admitted, events and calls of the API: each becomes work once, and counts
//! once against the quota of its source.

use domain::{UserId, failure::FailureCause};
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    sea_query::Expr,
};

use crate::{
    ReadAccess, Result, Tx,
    entity::event_request::{ActiveModel, Column, Entity, Model},
    error::OrCorrupt as _,
    prune,
    tx::{lock_by_name, to_json, truncate_to_micros},
};

/// A request that another system sends.
#[derive(Debug, Clone, Copy)]
pub struct OutsideRequest<'a> {
    /// Its name, made from its source and its id there.
    pub name: &'a str,
    /// What the request counts for: the source of an event, or a token.
    pub source: &'a str,
    /// The user of its work.
    pub user: &'a UserId,
    /// The workflow that it starts or signals.
    pub workflow: &'a str,
    /// Of its content, if the same name with other content is refused.
    pub digest: Option<&'a str>,
    pub at: Timestamp,
}

/// The answer to [`admit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestAdmission {
    /// The request counts from now on.
    New,
    /// The same request was admitted before.
    Repeated,
    /// A request with this name and other content was admitted before.
    Different,
    /// The source has used its quota of today (UTC).
    OverQuota,
}

/// A request that was admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmittedRequest {
    pub user: UserId,
    pub workflow: String,
    pub at: Timestamp,
    /// Why its edit was refused, if it was.
    pub refusal: Option<FailureCause>,
}

/// Admits a request, unless its source has had `per_day` others today (UTC).
pub async fn admit(
    tx: &Tx,
    request: &OutsideRequest<'_>,
    per_day: u32,
) -> Result<RequestAdmission> {
    let source = request.source;
    lock_by_name(&tx.0, &format!("event source {source}")).await?;
    if let Some(stored) = Entity::find_by_id(request.name).one(&*tx.0).await? {
        let same = stored.digest.as_deref() == request.digest;
        return Ok(if same { RequestAdmission::Repeated } else { RequestAdmission::Different });
    }
    let midnight = request.at.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
    let today = Entity::find()
        .filter(Column::Source.eq(source))
        .filter(Column::AdmittedAt.gte(truncate_to_micros(midnight)))
        .count(&*tx.0)
        .await?;
    if today >= u64::from(per_day) {
        return Ok(RequestAdmission::OverQuota);
    }
    let row = ActiveModel {
        id: Set(request.name.to_owned()),
        source: Set(source.to_owned()),
        user_id: Set(request.user.as_str().to_owned()),
        workflow_id: Set(request.workflow.to_owned()),
        admitted_at: Set(truncate_to_micros(request.at)),
        digest: Set(request.digest.map(str::to_owned)),
        refusal: Set(None),
    };
    Entity::insert(row).exec_without_returning(&*tx.0).await?;
    Ok(RequestAdmission::New)
}

/// The request with this name, if it was admitted.
pub async fn find(on: &impl ReadAccess, name: &str) -> Result<Option<AdmittedRequest>> {
    let row = Entity::find_by_id(name).one(on.connection()).await?;
    let read = |row: Model| {
        let refusal = row.refusal.as_deref().map(serde_json::from_str).transpose();
        Ok(AdmittedRequest {
            refusal: refusal.or_corrupt("event_requests", &row.id)?,
            user: UserId::parse(&row.user_id).or_corrupt("event_requests", &row.id)?,
            workflow: row.workflow_id,
            at: row.admitted_at,
        })
    };
    row.map(read).transpose()
}

/// Records why the edit of a request was refused. Without such a request, there is nothing to record.
pub async fn refuse(tx: &Tx, name: &str, cause: &FailureCause) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Refusal, Expr::value(to_json(cause)))
        .filter(Column::Id.eq(name))
        .exec(&*tx.0)
        .await?;
    Ok(())
}

/// Deletes at most `limit` requests that were admitted before `before`. Returns how many. It has to be longer
/// ago than a request may be delivered again.
pub async fn prune(tx: &Tx, before: Timestamp, limit: u32) -> Result<u64> {
    let old = Column::AdmittedAt.lt(truncate_to_micros(before));
    prune::older::<Entity>(tx, Column::Id, old, limit).await
}
