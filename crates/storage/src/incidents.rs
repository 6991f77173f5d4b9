//! Incidents: what does not work for a time, and whether the owners of a bot know. Each has one row,
//! from its begin until the owners know its end.

use domain::{BotId, UnknownName, named};
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    sea_query::{Expr, OnConflict},
};

use crate::{
    ReadAccess, Result, Tx,
    entity::incident::{ActiveModel, Column, Entity, Model},
    error::OrCorrupt as _,
    tx::{strip_nul, truncate_to_micros},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncidentKind {
    /// The bot receives no updates.
    NotReceiving,
    /// A model service fails.
    ProviderDown,
    /// An alert of Prometheus fires; it is about the alert's fingerprint.
    Alert,
}

named!(IncidentKind, "kind of incident", {
    NotReceiving => "not_receiving",
    ProviderDown => "provider_down",
    Alert => "alert",
});

/// Names an incident; there is at most one of each name at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentName {
    pub bot: BotId,
    pub kind: IncidentKind,
    /// What does not work, such as a provider; empty if the kind says all.
    pub about: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    pub name: IncidentName,
    /// For operators.
    pub reason: String,
    pub began_at: Timestamp,
    /// When the owners were notified of its begin.
    pub told_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

/// The incident with a name, with one whose end is not reported yet.
pub async fn find(on: &impl ReadAccess, name: &IncidentName) -> Result<Option<Incident>> {
    let row = Entity::find().filter(is(name)).one(on.connection()).await?;
    row.map(read).transpose()
}

/// Begins an incident, unless it has begun. One that has ended and is not reported yet continues.
pub async fn begin(tx: &Tx, name: &IncidentName, reason: &str, at: Timestamp) -> Result<()> {
    let row = ActiveModel {
        bot_id: Set(name.bot.get()),
        kind: Set(name.kind.name().to_owned()),
        about: Set(strip_nul(&name.about)),
        reason: Set(strip_nul(reason)),
        began_at: Set(truncate_to_micros(at)),
        told_at: Set(None),
        ended_at: Set(None),
    };
    let continues = OnConflict::columns([Column::BotId, Column::Kind, Column::About])
        .update_columns([Column::Reason, Column::EndedAt])
        .to_owned();
    Entity::insert(row).on_conflict(continues).exec_without_returning(&*tx.0).await?;
    Ok(())
}

/// Ends an incident, if there is one.
pub async fn end(tx: &Tx, name: &IncidentName, at: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(truncate_to_micros(at)))
        .filter(is(name))
        .filter(Column::EndedAt.is_null())
        .exec(&*tx.0)
        .await?;
    Ok(())
}

/// Records that the owners know the incident as it is in `told`: its begin, or its end, which
/// deletes it. An incident that has changed meanwhile stays to be reported.
pub async fn mark_told(tx: &Tx, told: &Incident, at: Timestamp) -> Result<()> {
    match told.ended_at {
        Some(ended) => {
            Entity::delete_many()
                .filter(is(&told.name))
                .filter(Column::EndedAt.eq(truncate_to_micros(ended)))
                .exec(&*tx.0)
                .await?;
        }
        None => {
            Entity::update_many()
                .col_expr(Column::ToldAt, Expr::value(truncate_to_micros(at)))
                .filter(is(&told.name))
                .exec(&*tx.0)
                .await?;
        }
    }
    Ok(())
}

/// All incidents of a bot, the oldest first, with those whose end is not reported yet.
pub async fn list(on: &impl ReadAccess, bot: BotId) -> Result<Vec<Incident>> {
    let rows = Entity::find()
        .filter(Column::BotId.eq(bot.get()))
        .order_by_asc(Column::BeganAt)
        .all(on.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

fn is(name: &IncidentName) -> sea_orm::Condition {
    sea_orm::Condition::all()
        .add(Column::BotId.eq(name.bot.get()))
        .add(Column::Kind.eq(name.kind.name()))
        .add(Column::About.eq(strip_nul(&name.about)))
}

fn read(row: Model) -> Result<Incident> {
    let kind: Result<IncidentKind, UnknownName> = row.kind.parse();
    let kind = kind.or_corrupt("incidents", format_args!("{} {}", row.bot_id, row.about))?;
    Ok(Incident {
        name: IncidentName { bot: BotId::new(row.bot_id), kind, about: row.about },
        reason: row.reason,
        began_at: row.began_at,
        told_at: row.told_at,
        ended_at: row.ended_at,
    })
}
