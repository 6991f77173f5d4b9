//! What a person's work may cost until it is done, and how much of it they have sent as files.
//!
//! Expands: two tables. The version before looks at neither: it admits as it did, and what it spends
//! stands in `usage_entries` for both.

use sea_orm::DbErr;
use sea_orm_migration::{
    async_trait,
    prelude::{ColumnDef, DeriveMigrationName, Index, MigrationTrait, SchemaManager, Table},
};

use super::columns::{moment, moment_or_null, number, number_or_null, text};

#[derive(DeriveMigrationName)]
pub(super) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let day = || ColumnDef::new("day").date().not_null().take();
        let admissions = Table::create()
            .table("admissions")
            // `<workflow id>/<what names the request in it>`, so that asking twice is asking once.
            .col(text("id").primary_key())
            .col(text("user_id"))
            .col(text("workflow"))
            .col(text("kind"))
            .col(day())
            // Millionths of a US dollar: what others must not spend meanwhile, and what it may itself;
            // null where nobody has set a budget.
            .col(number("reserved"))
            .col(number_or_null("allowance"))
            .col(moment("reserved_at"))
            .col(moment_or_null("settled_at"))
            .take();
        manager.create_table(admissions).await?;
        let uploads = Table::create()
            .table("uploads")
            .col(text("id").primary_key())
            .col(text("user_id"))
            .col(day())
            .col(number("bytes"))
            .col(moment("at"))
            .take();
        manager.create_table(uploads).await?;
        for (name, table, columns) in [
            ("admissions_of_user", "admissions", ["user_id", "day"]),
            (
                "admissions_of_workflow",
                "admissions",
                ["workflow", "settled_at"],
            ),
            (
                "admissions_open",
                "admissions",
                ["settled_at", "reserved_at"],
            ),
            ("uploads_of_user", "uploads", ["user_id", "day"]),
        ] {
            let [first, second] = columns;
            let index = Index::create()
                .name(name)
                .table(table)
                .col(first)
                .col(second)
                .take();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
