//! Deletes old rows of a table with one text key, in batches.

use sea_orm::{ColumnTrait as _, EntityTrait, QueryFilter as _, QuerySelect as _, sea_query::Expr};

use crate::{Result, Tx};

/// Deletes at most `limit` rows that match `old`. `id` is the table's key. Returns how many.
///
/// The keys are read first: PostgreSQL has no `DELETE … LIMIT`.
pub(crate) async fn older<E: EntityTrait>(
    tx: &Tx,
    id: E::Column,
    old: Expr,
    limit: u32,
) -> Result<u64> {
    let ids: Vec<String> = E::find()
        .select_only()
        .column(id)
        .filter(old)
        .limit(u64::from(limit))
        .into_tuple()
        .all(&*tx.0)
        .await?;
    let deleted = E::delete_many().filter(id.is_in(ids)).exec(&*tx.0).await?;
    Ok(deleted.rows_affected)
}
