//! The ids in a person's rows from which the ids of their workflows and schedules are derived.

use std::collections::BTreeSet;

use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};

use super::{DataSubject, TABLES, TableContent, statement};
use crate::{
    ReadAccess, Result,
    entity::{broadcast, carousel, subscription},
    subscriptions::is_daily_tip,
};

/// Ids from which a person's workflow ids are derived.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonalIds {
    pub carousels: Vec<String>,
    /// Their subscriptions, including deleted ones that left carousels.
    pub subscriptions: Vec<String>,
    /// Their updates: bot id and update id.
    pub updates: Vec<(i64, i64)>,
    pub broadcasts: Vec<String>,
}

/// The length of the time in the id of a scheduled carousel: `-2026-11-24T090000Z`.
const SCHEDULED_TIME_LEN: usize = 19;

pub async fn personal_ids(on: &impl ReadAccess, person: &DataSubject) -> Result<PersonalIds> {
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
        rest.get(..rest.len().checked_sub(SCHEDULED_TIME_LEN)?).map(str::to_owned)
    });
    let mut known: BTreeSet<String> = of_carousels.collect();
    known.extend(subscriptions(on, person).await?);
    Ok(PersonalIds {
        updates: updates(on, person).await?,
        subscriptions: known.into_iter().collect(),
        carousels,
        broadcasts,
    })
}

/// Their subscriptions that have their own schedule. A daily tip has none: all tips of a time slot
/// share one.
pub async fn subscriptions(on: &impl ReadAccess, person: &DataSubject) -> Result<Vec<String>> {
    let ids: Vec<String> = subscription::Entity::find()
        .select_only()
        .column(subscription::Column::Id)
        .filter(subscription::Column::UserId.eq(person.user.as_str()))
        .into_tuple()
        .all(on.connection())
        .await?;
    let own = |id: &String| domain::SubscriptionId::parse(id).is_ok_and(|id| !is_daily_tip(&id));
    Ok(ids.into_iter().filter(own).collect())
}

async fn updates(on: &impl ReadAccess, person: &DataSubject) -> Result<Vec<(i64, i64)>> {
    let table = TABLES.iter().find(|table| table.name == "updates");
    let Some(TableContent::Personal { rows, .. }) = table.map(|table| table.content) else {
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
