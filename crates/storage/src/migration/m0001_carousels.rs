//! Carousels, their revisions, their blob references, and the used quota.

use sea_orm::{
    ConnectionTrait as _, DatabaseTransaction, DbErr,
    sea_query::{
        ColumnDef, Expr, ExprTrait as _, ForeignKey, ForeignKeyAction, Index, Table,
        TableCreateStatement,
    },
};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    for table in [carousels(), revisions(), blob_refs(), quota_reservations()] {
        tx.execute(&table).await?;
    }
    for index in indexes() {
        tx.execute(&index).await?;
    }
    Ok(())
}

fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

fn text_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().null().take()
}

fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

fn timestamp(name: &'static str) -> ColumnDef {
    ColumnDef::new(name)
        .timestamp_with_time_zone()
        .not_null()
        .take()
}

fn timestamp_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name)
        .timestamp_with_time_zone()
        .null()
        .take()
}

fn carousels() -> TableCreateStatement {
    Table::create()
        .table("carousels")
        .col(text("id").primary_key())
        .col(text("user_id"))
        .col(text("source"))
        // JSON in text columns: PostgreSQL's JSON types refuse an escaped NUL, which a model may
        // write, and normalize the text.
        .col(text("brief"))
        .col(text("theme"))
        .col(text("language"))
        .col(text("format"))
        .col(text("state").check(Expr::col("state").is_in(["open", "closed"])))
        .col(text_or_null("outcome"))
        .col(text_or_null("reason"))
        .col(text_or_null("provider"))
        .col(ColumnDef::new("revision").big_integer().null())
        .col(text("run_id"))
        .col(timestamp("created_at"))
        .col(timestamp("updated_at"))
        .col(timestamp_or_null("closed_at"))
        // Closed means an outcome and a time; open means neither.
        .check(Expr::cust("(state = 'closed') = (outcome IS NOT NULL)"))
        .check(Expr::cust("(state = 'closed') = (closed_at IS NOT NULL)"))
        .take()
}

fn revisions() -> TableCreateStatement {
    Table::create()
        .table("revisions")
        .col(text("carousel_id"))
        .col(number("revision"))
        .col(text("draft"))
        .col(text("analysis"))
        .col(text("provider"))
        .col(timestamp("created_at"))
        .primary_key(Index::create().col("carousel_id").col("revision"))
        .foreign_key(&mut to_carousel("revisions"))
        .take()
}

fn blob_refs() -> TableCreateStatement {
    Table::create()
        .table("blob_refs")
        .col(text("carousel_id"))
        // 0 is the request itself, before any revision.
        .col(number("revision"))
        .col(text("part").check(Expr::col("part").is_in(["source", "slide"])))
        .col(number("position"))
        .col(text("blob_key"))
        .col(ColumnDef::new("bytes").big_integer().null())
        .primary_key(
            Index::create()
                .col("carousel_id")
                .col("revision")
                .col("part")
                .col("position"),
        )
        .foreign_key(&mut to_carousel("blob_refs"))
        .take()
}

fn quota_reservations() -> TableCreateStatement {
    Table::create()
        .table("quota_reservations")
        .col(text("carousel_id").primary_key())
        .col(text("user_id"))
        .col(ColumnDef::new("day").date().not_null())
        .col(timestamp("reserved_at"))
        .col(timestamp_or_null("released_at"))
        .foreign_key(&mut to_carousel("quota_reservations"))
        .take()
}

fn to_carousel(from: &'static str) -> sea_orm::sea_query::ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(from, "carousel_id")
        .to("carousels", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .take()
}

fn indexes() -> Vec<sea_orm::sea_query::IndexCreateStatement> {
    use sea_orm::sea_query::ConditionalStatement as _;
    vec![
        Index::create()
            .name("carousels_by_user")
            .table("carousels")
            .col("user_id")
            .col("created_at")
            .col("id")
            .take(),
        Index::create()
            .name("carousels_by_time")
            .table("carousels")
            .col("created_at")
            .col("id")
            .take(),
        // Few carousels are open at a time.
        Index::create()
            .name("carousels_open")
            .table("carousels")
            .col("created_at")
            .col("id")
            .and_where(Expr::col("state").eq("open"))
            .take(),
        Index::create()
            .name("blob_refs_by_key")
            .table("blob_refs")
            .col("blob_key")
            .take(),
        Index::create()
            .name("quota_held")
            .table("quota_reservations")
            .col("user_id")
            .col("day")
            .and_where(Expr::col("released_at").is_null())
            .take(),
    ]
}
