//! The ids in a person's rows from which the ids of their workflows and schedules are derived.

use std::collections::BTreeSet;

use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};

use super::{Content, Person, TABLES, statement};
use crate::{
    Error, Reads,
    entity::{broadcast, carousel, subscription},
    subscriptions::is_wisdom,
};

/// Ids from which a person's workflow ids are derived.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Traces {
    pub carousels: Vec<String>,
    /// Their subscriptions, including deleted ones that left carousels.
    pub subscriptions: Vec<String>,
    /// Their updates: bot id and update id.
    pub updates: Vec<(i64, i64)>,
    pub broadcasts: Vec<String>,
}

/// The length of the time in the id of a scheduled carousel: `-2026-11-24T090000Z`.
const DUE: usize = 19;

/// # Errors
/// [`Error::Database`].
pub async fn traces(on: &impl Reads, person: &Person) -> Result<Traces, Error> {
    let user = person.user.as_str();
    let carousels: Vec<String> = carousel::Entity::find()
        .select_only()
        .column(carousel::Column::Id)
        .filter(carousel::Column::UserId.eq(user))
        .into_tuple()
        .all(on.connection())
        .await?;
    let broadcasts: Vec<String> = broadcast::Entity::find()
        .select_only()
        .column(broadcast::Column::Id)
        .filter(broadcast::Column::AuthorId.eq(user))
        .into_tuple()
        .all(on.connection())
        .await?;
    let of_carousels = carousels.iter().filter_map(|id| {
        let rest = id.strip_prefix("carousel-sched-")?;
        rest.get(..rest.len().checked_sub(DUE)?).map(str::to_owned)
    });
    let mut known: BTreeSet<String> = of_carousels.collect();
    known.extend(subscriptions(on, person).await?);
    Ok(Traces {
        updates: updates(on, person).await?,
        subscriptions: known.into_iter().collect(),
        carousels,
        broadcasts,
    })
}

/// Their subscriptions that have their own schedule. A daily tip has none: all tips of a time slot
/// share one.
///
/// # Errors
/// [`Error::Database`].
pub async fn subscriptions(on: &impl Reads, person: &Person) -> Result<Vec<String>, Error> {
    let ids: Vec<String> = subscription::Entity::find()
        .select_only()
        .column(subscription::Column::Id)
        .filter(subscription::Column::UserId.eq(person.user.as_str()))
        .into_tuple()
        .all(on.connection())
        .await?;
    let own = |id: &String| domain::SubscriptionId::parse(id).is_ok_and(|id| !is_wisdom(&id));
    Ok(ids.into_iter().filter(own).collect())
}

async fn updates(on: &impl Reads, person: &Person) -> Result<Vec<(i64, i64)>, Error> {
    let table = TABLES.iter().find(|table| table.name == "updates");
    let Some(Content::People { rows, .. }) = table.map(|table| table.content) else {
        return Ok(Vec::new());
    };
    let rows = person.condition(rows);
    let sql = format!("SELECT bot_id, update_id FROM updates WHERE {rows}");
    let found = on.connection().query_all_raw(statement(on, sql)).await?;
    let read = |row: &sea_orm::QueryResult| {
        Ok((row.try_get("", "bot_id")?, row.try_get("", "update_id")?))
    };
    found.iter().map(read).collect()
}
