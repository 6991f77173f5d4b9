//! Tokens of the HTTP API. Of a secret, only its SHA-256 is stored.

use chrono::TimeDelta;
use domain::{ApiScope, ApiTokenId, UserId};
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, ExprTrait as _,
    QueryFilter as _, QueryOrder as _, sea_query::Expr,
};

use crate::{
    ReadAccess, Result, Tx,
    entity::api_token::{ActiveModel, Column, Entity, Model},
    error::OrCorrupt as _,
    prune,
    tx::{strip_nul, truncate_to_micros},
};

/// The last use is stored to this precision, so that not every request writes.
const USE_PRECISION: TimeDelta = TimeDelta::minutes(1);

/// A token without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    pub id: ApiTokenId,
    /// For people.
    pub name: String,
    /// The user of its carousels.
    pub owner: UserId,
    pub scopes: Vec<ApiScope>,
    /// The SHA-256 of the secret, in hexadecimal.
    pub secret_sha256: String,
    /// Requests for work per day (UTC).
    pub per_day: u32,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    /// To the minute.
    pub last_used_at: Option<Timestamp>,
}

impl ApiToken {
    /// Whether it is neither revoked nor expired.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// Stores a new token.
pub async fn create(tx: &Tx, token: &ApiToken) -> Result<()> {
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.name()).collect();
    let row = ActiveModel {
        id: Set(token.id.as_str().to_owned()),
        name: Set(strip_nul(&token.name)),
        user_id: Set(token.owner.as_str().to_owned()),
        scopes: Set(scopes.join(" ")),
        secret_sha256: Set(token.secret_sha256.clone()),
        per_day: Set(i64::from(token.per_day)),
        created_at: Set(truncate_to_micros(token.created_at)),
        expires_at: Set(token.expires_at.map(truncate_to_micros)),
        revoked_at: Set(None),
        last_used_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(&*tx.0).await?;
    Ok(())
}

pub async fn find(on: &impl ReadAccess, id: &ApiTokenId) -> Result<Option<ApiToken>> {
    let row = Entity::find_by_id(id.as_str()).one(on.connection()).await?;
    row.map(read).transpose()
}

/// All tokens, oldest first.
pub async fn list(on: &impl ReadAccess) -> Result<Vec<ApiToken>> {
    let rows = Entity::find()
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .all(on.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

/// Revokes a token. Returns `false` if there is none; a second call has no effect.
pub async fn revoke(tx: &Tx, id: &ApiTokenId, at: Timestamp) -> Result<bool> {
    let at = truncate_to_micros(at);
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(Some(at)))
        .filter(Column::Id.eq(id.as_str()))
        .filter(Column::RevokedAt.is_null())
        .exec(&*tx.0)
        .await?;
    Ok(find(tx, id).await?.is_some())
}

/// Revokes a valid token that may be used once. Of two calls at once, one returns `true`.
pub async fn use_up(tx: &Tx, id: &ApiTokenId, at: Timestamp) -> Result<bool> {
    let at = truncate_to_micros(at);
    let used = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(Some(at)))
        .col_expr(Column::LastUsedAt, Expr::value(Some(at)))
        .filter(Column::Id.eq(id.as_str()))
        .filter(Column::RevokedAt.is_null())
        .exec(&*tx.0)
        .await?;
    Ok(used.rows_affected == 1)
}

/// Deletes at most `limit` tokens of the studio, and of links to it, that expired or were revoked before `before`.
/// Returns how many.
pub async fn prune_sessions(tx: &Tx, before: Timestamp, limit: u32) -> Result<u64> {
    let before = truncate_to_micros(before);
    let over = Column::ExpiresAt.lt(before).or(Column::RevokedAt.lt(before));
    let has = |scope: ApiScope| Column::Scopes.contains(scope.name());
    let old = over.and(has(ApiScope::SessionsCreate).or(has(ApiScope::SessionsEnd)));
    prune::older::<Entity>(tx, Column::Id, old, limit).await
}

/// Whether the stored last use of a token is older than its precision.
pub fn is_use_outdated(token: &ApiToken, now: Timestamp) -> bool {
    token.last_used_at.is_none_or(|last| now - last >= USE_PRECISION)
}

/// Records that a token was used.
pub async fn record_use(tx: &Tx, id: &ApiTokenId, at: Timestamp) -> Result<()> {
    let at = truncate_to_micros(at);
    let earlier = Condition::any().add(Column::LastUsedAt.is_null()).add(Column::LastUsedAt.lt(at));
    Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::value(Some(at)))
        .filter(Column::Id.eq(id.as_str()))
        .filter(earlier)
        .exec(&*tx.0)
        .await?;
    Ok(())
}

fn read(row: Model) -> Result<ApiToken> {
    let id = row.id;
    let scopes: std::result::Result<Vec<ApiScope>, _> =
        row.scopes.split_whitespace().map(str::parse).collect();
    Ok(ApiToken {
        owner: UserId::parse(&row.user_id).or_corrupt("api_tokens", &id)?,
        scopes: scopes.or_corrupt("api_tokens", &id)?,
        per_day: u32::try_from(row.per_day).or_corrupt("api_tokens", &id)?,
        id: ApiTokenId::parse(&id).or_corrupt("api_tokens", &id)?,
        name: row.name,
        secret_sha256: row.secret_sha256,
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
        last_used_at: row.last_used_at,
    })
}
