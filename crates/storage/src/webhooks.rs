//! Webhooks: addresses that are called when a carousel of their owner ends or changes.

use domain::{UserId, WebhookId, WebhookSecret};
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, sea_query::Expr,
};

use crate::{
    ReadAccess, Result, Tx,
    entity::webhook::{ActiveModel, Column, Entity, Model},
    error::OrCorrupt as _,
    tx::{lock_by_name, strip_nul, truncate_to_micros},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub id: WebhookId,
    /// The user of the carousels.
    pub owner: UserId,
    pub url: String,
    pub secret: WebhookSecret,
    pub created_at: Timestamp,
    /// If its server said that it is gone.
    pub disabled_at: Option<Timestamp>,
    pub last_call: Option<WebhookAttempt>,
}

/// A call of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookAttempt {
    pub at: Timestamp,
    /// The HTTP status, or why there is none.
    pub answer: std::result::Result<u16, String>,
}

/// Stores a webhook. Returns `false` if its owner has `most` already.
pub async fn create(tx: &Tx, hook: &Webhook, most: u64) -> Result<bool> {
    // Two calls at the same time must not both find room.
    lock_by_name(&tx.0, &format!("webhooks/{}", hook.owner)).await?;
    let stored =
        Entity::find().filter(Column::UserId.eq(hook.owner.as_str())).count(&*tx.0).await?;
    if stored >= most {
        return Ok(false);
    }
    let row = ActiveModel {
        id: Set(hook.id.as_str().to_owned()),
        user_id: Set(hook.owner.as_str().to_owned()),
        url: Set(strip_nul(&hook.url)),
        secret: Set(hook.secret.expose().to_owned()),
        created_at: Set(truncate_to_micros(hook.created_at)),
        disabled_at: Set(None),
        called_at: Set(None),
        status: Set(None),
        error: Set(None),
    };
    Entity::insert(row).exec_without_returning(&*tx.0).await?;
    Ok(true)
}

pub async fn find(on: &impl ReadAccess, id: &WebhookId) -> Result<Option<Webhook>> {
    let row = Entity::find_by_id(id.as_str()).one(on.connection()).await?;
    row.map(read).transpose()
}

/// The webhooks of an owner, oldest first.
pub async fn list(on: &impl ReadAccess, owner: &UserId) -> Result<Vec<Webhook>> {
    let rows = Entity::find()
        .filter(Column::UserId.eq(owner.as_str()))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .all(on.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

/// Deletes a webhook. Returns `false` if the owner has none with this id.
pub async fn delete(tx: &Tx, owner: &UserId, id: &WebhookId) -> Result<bool> {
    let deleted = Entity::delete_many()
        .filter(Column::Id.eq(id.as_str()))
        .filter(Column::UserId.eq(owner.as_str()))
        .exec(&*tx.0)
        .await?;
    Ok(deleted.rows_affected > 0)
}

/// Records a call. One that answers 410 disables the webhook.
pub async fn record(tx: &Tx, id: &WebhookId, call: &WebhookAttempt) -> Result<()> {
    let at = truncate_to_micros(call.at);
    let (status, error) = match &call.answer {
        Ok(status) => (Some(i64::from(*status)), None),
        Err(error) => (None, Some(strip_nul(error))),
    };
    let mut update = Entity::update_many()
        .col_expr(Column::CalledAt, Expr::value(Some(at)))
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::Error, Expr::value(error))
        .filter(Column::Id.eq(id.as_str()));
    if call.is_gone() {
        update = update.col_expr(Column::DisabledAt, Expr::value(Some(at)));
    }
    update.exec(&*tx.0).await?;
    Ok(())
}

impl WebhookAttempt {
    /// Whether the server wants no more calls.
    pub fn is_gone(&self) -> bool {
        self.answer == Ok(410)
    }
}

fn read(row: Model) -> Result<Webhook> {
    let id = row.id;
    let status = row.status.map(u16::try_from).transpose().or_corrupt("webhooks", &id)?;
    let answer = status.ok_or(row.error.unwrap_or_default());
    Ok(Webhook {
        owner: UserId::parse(&row.user_id).or_corrupt("webhooks", &id)?,
        id: WebhookId::parse(&id).or_corrupt("webhooks", &id)?,
        url: row.url,
        secret: WebhookSecret::stored(&row.secret),
        created_at: row.created_at,
        disabled_at: row.disabled_at,
        last_call: row.called_at.map(|at| WebhookAttempt { at, answer }),
    })
}
