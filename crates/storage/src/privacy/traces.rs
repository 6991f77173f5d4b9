//! What a person's rows say about where else they left traces: the ids that workflows and schedules
//! follow from.

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

/// Ids that workflows of a person follow from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Traces {
    /// Their carousels.
    pub carousels: Vec<String>,
    /// Their subscriptions, those included that are gone and left carousels.
    pub subscriptions: Vec<String>,
    /// Their updates, by bot and number.
    pub updates: Vec<(i64, i64)>,
    /// Their broadcasts.
    pub broadcasts: Vec<String>,
}

/// How long the time in the id of a carousel that came by the clock is: `-2026-11-24T090000Z`.
const DUE: usize = 19;

/// Reads them.
///
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

/// Their subscriptions that have a schedule of their own: a thought of the day has one for all.
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
