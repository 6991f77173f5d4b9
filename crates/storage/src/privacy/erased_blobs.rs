//! Marks on blobs of people who had their data deleted: the garbage collector deletes these on its
//! next run.

use domain::BlobKey;
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, sea_query::OnConflict,
};

use super::statement;
use crate::{
    ReadAccess, Result, Tx,
    entity::erased_blob::{ActiveModel, Column, Entity},
    tx::truncate_to_micros,
};

/// Marks per statement: SQLite allows 32,766 values.
const MARKS_PER_STATEMENT: usize = 1_000;

pub(super) async fn mark(tx: &Tx, table: &str, rows: &str, at: Timestamp) -> Result<()> {
    let sql = format!("SELECT DISTINCT blob_key FROM {table} WHERE {rows}");
    let found = tx.0.query_all_raw(statement(tx, sql)).await?;
    let keys = (found.iter())
        .map(|row| row.try_get::<String>("", "blob_key"))
        .collect::<Result<Vec<_>, _>>()?;
    for keys in keys.chunks(MARKS_PER_STATEMENT) {
        let rows = keys.iter().map(|key| ActiveModel {
            blob_key: Set(key.clone()),
            marked_at: Set(truncate_to_micros(at)),
        });
        let renew = OnConflict::column(Column::BlobKey).update_column(Column::MarkedAt).to_owned();
        Entity::insert_many(rows).on_conflict(renew).exec_without_returning(&*tx.0).await?;
    }
    Ok(())
}

/// Marked blobs and the times of their marks, at most `limit`.
pub(crate) async fn marked(
    on: &impl ReadAccess,
    limit: usize,
) -> Result<Vec<(BlobKey, Timestamp)>> {
    let rows = Entity::find()
        .order_by_asc(Column::MarkedAt)
        .order_by_asc(Column::BlobKey)
        .limit(limit as u64)
        .all(on.connection())
        .await?;
    let read = |row: crate::entity::erased_blob::Model| {
        Ok((BlobKey::parse(&row.blob_key)?, row.marked_at))
    };
    rows.into_iter().map(read).collect()
}

/// Deletes marks.
pub(crate) async fn unmark(tx: &Tx, keys: &[BlobKey]) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    Entity::delete_many()
        .filter(Column::BlobKey.is_in(keys.iter().map(BlobKey::as_str)))
        .exec(&*tx.0)
        .await?;
    Ok(())
}
