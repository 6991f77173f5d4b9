//! The outbox.

use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, DbErr,
    sea_query::{
        ColumnDef, ConditionalStatement as _, Expr, ExprTrait as _, Index, Table,
        TableCreateStatement,
    },
};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    tx.execute(&events()).await?;
    let unpublished = Index::create()
        .name("events_unpublished")
        .table("events")
        .col("seq")
        .and_where(Expr::col("published_at").is_null())
        .take();
    let by_correlation = Index::create()
        .name("events_by_correlation")
        .table("events")
        .col("correlation_id")
        .col("seq")
        .take();
    for index in [unpublished, by_correlation] {
        tx.execute(&index).await?;
    }
    Ok(())
}

fn events() -> TableCreateStatement {
    let text = |name| ColumnDef::new(name).text().not_null().take();
    let text_or_null = |name| ColumnDef::new(name).text().null().take();
    Table::create()
        .table("events")
        // `seq` is the key because SQLite auto-increments only a key; the id is unique too.
        .col(
            ColumnDef::new("seq")
                .big_integer()
                .not_null()
                .auto_increment()
                .primary_key(),
        )
        .col(text("id").unique_key())
        .col(text("type"))
        .col(text("source"))
        .col(text_or_null("subject"))
        .col(text("correlation_id"))
        .col(text_or_null("causation_id"))
        .col(ColumnDef::new("time").timestamp_with_time_zone().not_null())
        .col(text("envelope"))
        .col(
            ColumnDef::new("published_at")
                .timestamp_with_time_zone()
                .null(),
        )
        .take()
}
