//! Pruning: deletes old published events that every consumer has passed.
//!
//! The caller decides the age. It must be longer than a workflow can be repeated, because the
//! second write of an event is a no-op only while the first one is stored.

use std::collections::BTreeMap;

use events::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, ExprTrait as _, OnConflict},
};

use super::consumers;
use crate::{
    Result, Tx,
    entity::{
        chain_end,
        event::{Column, Entity},
    },
    tx::truncate_to_micros,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PruneReport {
    pub events: u64,
    /// Whether more are due: prune again, in another transaction.
    pub more: bool,
}

/// `seq`, id, correlation and time of publishing.
type DueEvent = (i64, String, String, Option<Timestamp>);

/// Deletes at most `limit` events that were published before `before`, oldest first. Keeps the id
/// of each carousel's last event, for the next event to name as its cause.
pub async fn prune(tx: &Tx, before: Timestamp, limit: u32) -> Result<PruneReport> {
    let mut due = Entity::find()
        .select_only()
        .columns([Column::Seq, Column::Id, Column::CorrelationId])
        .column(Column::PublishedAt)
        .filter(Column::Batch.is_not_null())
        .order_by_asc(Column::Batch)
        .order_by_asc(Column::Seq)
        .limit(u64::from(limit));
    if let Some(last) = consumers::list(tx).await?.first() {
        let passed = Expr::tuple([Column::Batch.into_expr(), Column::Seq.into_expr()])
            .lte(Expr::tuple([Expr::value(last.position.batch), Expr::value(last.position.seq)]));
        due = due.filter(passed);
    }
    let before = truncate_to_micros(before);
    // Filtered here and not in the query, which would scan the whole table if nothing is due.
    let old = |row: &DueEvent| row.3.is_some_and(|published| published < before);
    let oldest: Vec<DueEvent> = due.into_tuple().all(&*tx.0).await?;
    let due: Vec<DueEvent> = oldest.into_iter().take_while(old).collect();
    if due.is_empty() {
        return Ok(PruneReport { events: 0, more: false });
    }
    store_chain_ends(tx, &due).await?;
    let deleted = Entity::delete_many()
        .filter(Column::Seq.is_in(due.iter().map(|(seq, ..)| *seq)))
        .exec(&*tx.0)
        .await?;
    Ok(PruneReport { events: deleted.rows_affected, more: due.len() as u64 >= u64::from(limit) })
}

/// Stores the last event of each carousel among the deleted ones. Updates have a correlation too,
/// but no event is ever added to it.
async fn store_chain_ends(tx: &Tx, due: &[DueEvent]) -> Result<()> {
    use chain_end::Column as End;
    let ends: BTreeMap<&String, &String> = (due.iter())
        .filter(|(_, _, correlation, _)| correlation.starts_with("carousel-"))
        .map(|(_, id, correlation, _)| (correlation, id))
        .collect();
    if ends.is_empty() {
        return Ok(());
    }
    let rows = ends.into_iter().map(|(correlation, id)| chain_end::ActiveModel {
        correlation_id: Set(correlation.clone()),
        event_id: Set(id.clone()),
    });
    let replace = OnConflict::column(End::CorrelationId).update_column(End::EventId).to_owned();
    chain_end::Entity::insert_many(rows)
        .on_conflict(replace)
        .exec_without_returning(&*tx.0)
        .await?;
    Ok(())
}
