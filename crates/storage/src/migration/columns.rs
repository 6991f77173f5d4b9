//! Column definitions that all steps share.

use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, DbErr,
    sea_query::{ColumnDef, ForeignKey, ForeignKeyAction, Table},
};

pub(super) fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

pub(super) fn text_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().null().take()
}

/// Adds nullable text columns to a table, one statement each: SQLite adds one column at a time.
pub(super) async fn add_texts_or_null<const N: usize>(
    tx: &DatabaseTransaction,
    table: &'static str,
    names: [&'static str; N],
) -> Result<(), DbErr> {
    for name in names {
        let column = text_or_null(name);
        let added = Table::alter().table(table).add_column(column).take();
        tx.execute(&added).await?;
    }
    Ok(())
}

/// 64 bits.
pub(super) fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

/// 64 bits.
pub(super) fn number_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().null().take()
}

pub(super) fn boolean(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

/// UTC, with microseconds.
pub(super) fn timestamp(name: &'static str) -> ColumnDef {
    ColumnDef::new(name)
        .timestamp_with_time_zone()
        .not_null()
        .take()
}

/// UTC, with microseconds.
pub(super) fn timestamp_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name)
        .timestamp_with_time_zone()
        .null()
        .take()
}

/// A foreign key with `ON DELETE CASCADE`.
pub(super) fn cascade_to(
    from: (&'static str, &'static str),
    to: (&'static str, &'static str),
) -> sea_orm::sea_query::ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(from.0, from.1)
        .to(to.0, to.1)
        .on_delete(ForeignKeyAction::Cascade)
        .take()
}
