//! Privacy: deleting, exporting and expiring a person's data.
//!
//! [`TABLES`] alone defines which rows belong to a person. Deletion runs table by table, each in
//! its own transaction: an interrupted deletion is run again and finds the rest. What a person used
//! today is kept without their id, so that deleting one's data gives no second budget.
//!
//! Blobs are only marked: [`crate::blobs::collect`] alone deletes them, and deletes marked ones at
//! once.

pub(crate) mod erased_blobs;
mod export;
mod retention;
mod tables;
mod workflow_ids;

use chrono::NaiveDate;
use domain::{AccountId, UserId, named};
use events::Timestamp;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait as _, DbBackend, EntityTrait as _, QueryFilter as _,
    Statement,
    sea_query::{Expr, ExprTrait as _, OnConflict},
};
use sha2::{Digest as _, Sha256};

pub use export::{TableRows, export};
pub use retention::{
    delete_carousels, expired_carousels, inactive_people, prune_broadcasts, prune_deliveries,
    prune_erasures,
};
pub use tables::{KeptRows, PersonalTable, TABLES, TableContent};
pub use workflow_ids::{PersonalIds, personal_ids, subscriptions};

use crate::{
    Database, ReadAccess, Result, Tx,
    entity::erasure::{ActiveModel, Column, Entity, Model},
    tx::truncate_to_micros,
};

/// A person, by the keys of their rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSubject {
    pub user: UserId,
    /// Their Telegram account, which is also the id of their private chat.
    pub account: Option<AccountId>,
}

/// The state of a deletion, as its row has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ErasureState {
    Running,
    Done,
}

named!(ErasureState, "state of a deletion", {
    Running => "running",
    Done => "done",
});

/// The usage of today that counts after the person's data was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CarriedUsage {
    pub carousels: u64,
    /// In millionths of a US dollar.
    pub cost_micros: u64,
    /// Edits and questions.
    pub requests: u64,
    /// Bytes of uploaded files.
    pub upload_bytes: u64,
}

impl DataSubject {
    /// Puts this person into an SQL condition. This is safe: an id has no quotes, and an account is
    /// a number.
    fn condition(&self, rows: &str) -> String {
        // No chat has the id 0.
        let chat = self.account.map_or(0, AccountId::get).to_string();
        rows.replace("{user}", self.user.as_str()).replace("{chat}", &chat)
    }

    /// The key that replaces their id in `erasures`.
    fn key(&self) -> String {
        key_of(&self.user)
    }
}

fn key_of(user: &UserId) -> String {
    use std::fmt::Write as _;
    let digest = Sha256::digest(format!("erasure {user}"));
    digest.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string can't fail");
        hex
    })
}

/// Begins a deletion: from now on [`is_running`] returns true. A second call has no effect.
pub async fn begin(tx: &Tx, person: &DataSubject, at: Timestamp) -> Result<()> {
    let row = ActiveModel {
        user_key: Set(person.key()),
        state: Set(ErasureState::Running.name().to_owned()),
        asked_at: Set(truncate_to_micros(at)),
        ended_at: Set(None),
        day: Set(at.date_naive()),
        carousels: Set(0),
        cost_micros: Set(0),
        requests: Set(0),
        upload_bytes: Set(0),
    };
    // What was carried over today stays.
    let again = OnConflict::column(Column::UserKey)
        .update_columns([Column::State, Column::EndedAt])
        .to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(&*tx.0).await?;
    Ok(())
}

/// Deletes one person's rows of one table and returns how many there were. Their blobs are marked
/// for the garbage collector, and today's usage is carried over.
pub async fn erase(
    tx: &Tx,
    person: &DataSubject,
    table: &PersonalTable,
    at: Timestamp,
) -> Result<u64> {
    let TableContent::Personal { rows, keep } = table.content else {
        return Ok(0);
    };
    let rows = person.condition(rows);
    if table.columns().any(|column| column == "blob_key") {
        erased_blobs::mark(tx, table.name, &rows, at).await?;
    }
    if let Some(sum) = DailySum::of(table.name) {
        carry_over(tx, person, &sum, table.name, &rows, at).await?;
    }
    let name = table.name;
    let (delete, scrubbed) = match keep {
        None => (format!("({rows})"), 0),
        Some(keep) => {
            let scrub = format!("UPDATE {name} SET {} WHERE ({rows}) AND {}", keep.set, keep.rows);
            let scrubbed = tx.0.execute_raw(statement(tx, scrub)).await?.rows_affected();
            (format!("({rows}) AND NOT {}", keep.rows), scrubbed)
        }
    };
    let delete = format!("DELETE FROM {name} WHERE {delete}");
    let deleted = tx.0.execute_raw(statement(tx, delete)).await?;
    Ok(deleted.rows_affected() + scrubbed)
}

/// Ends a deletion: the person may make new requests.
pub async fn finish(tx: &Tx, person: &DataSubject, at: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(ErasureState::Done.name()))
        .col_expr(Column::EndedAt, Expr::value(Some(truncate_to_micros(at))))
        .filter(Column::UserKey.eq(person.key()))
        .filter(Column::State.eq(ErasureState::Running.name()))
        .exec(&*tx.0)
        .await?;
    Ok(())
}

pub async fn is_running(on: &impl ReadAccess, user: &UserId) -> Result<bool> {
    let row = row(on, user).await?;
    Ok(row.is_some_and(|row| row.state.parse() == Ok(ErasureState::Running)))
}

/// What the person used on `day` before their data was deleted.
pub async fn carried_usage(
    on: &impl ReadAccess,
    user: &UserId,
    day: NaiveDate,
) -> Result<CarriedUsage> {
    let row = row(on, user).await?.filter(|row| row.day == day);
    let count = |count: i64| u64::try_from(count).unwrap_or_default();
    Ok(row.map_or_else(CarriedUsage::default, |row| CarriedUsage {
        carousels: count(row.carousels),
        cost_micros: count(row.cost_micros),
        requests: count(row.requests),
        upload_bytes: count(row.upload_bytes),
    }))
}

/// Attempts to truncate the log, and the time between them.
const WAL_ATTEMPTS: u32 = 10;
const WAL_RETRY_PAUSE: std::time::Duration = std::time::Duration::from_millis(100);

/// Truncates SQLite's write-ahead log, which holds old pages. A reader may prevent that: this waits
/// for readers for a second and then leaves the log to be overwritten. PostgreSQL needs nothing
/// here.
pub async fn truncate_wal(db: &Database) -> Result<()> {
    let connection = &db.writer;
    if connection.get_database_backend() == DbBackend::Sqlite {
        for _ in 0..WAL_ATTEMPTS {
            let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
            let statement = Statement::from_string(DbBackend::Sqlite, sql);
            let row = connection.query_one_raw(statement).await?;
            let busy = row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?;
            if busy == Some(0) {
                break;
            }
            tokio::time::sleep(WAL_RETRY_PAUSE).await;
        }
    }
    Ok(())
}

async fn row(on: &impl ReadAccess, user: &UserId) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(key_of(user)).one(on.connection()).await?)
}

/// How a table's rows count towards a daily limit.
struct DailySum {
    what: &'static str,
    of: &'static str,
    column: Column,
}

impl DailySum {
    fn of(table: &str) -> Option<Self> {
        let (what, of, column) = match table {
            "quota_reservations" => ("count(*)", "released_at IS NULL", Column::Carousels),
            "usage_entries" => ("sum(cost_micros)", "true", Column::CostMicros),
            "admissions" => ("count(*)", "kind = 'request'", Column::Requests),
            "uploads" => ("sum(bytes)", "true", Column::UploadBytes),
            _ => return None,
        };
        Some(Self { what, of, column })
    }
}

/// Adds today's part of the rows to what is carried over. The rows are deleted in the same
/// transaction, so nothing is counted twice.
async fn carry_over(
    tx: &Tx,
    person: &DataSubject,
    sum: &DailySum,
    table: &str,
    rows: &str,
    at: Timestamp,
) -> Result<()> {
    let today = at.date_naive();
    let DailySum { what, of, column } = sum;
    let sql = format!(
        "SELECT CAST(coalesce({what}, 0) AS bigint) AS total FROM {table} \
         WHERE ({rows}) AND day = '{today}' AND {of}"
    );
    let found = tx.0.query_one_raw(statement(tx, sql)).await?;
    let total: i64 = match found {
        Some(row) => row.try_get("", "total")?,
        None => 0,
    };
    // A deletion that runs past midnight starts again with the new day's usage.
    let mut update = Entity::update_many().col_expr(Column::Day, Expr::value(today));
    for column in [Column::Carousels, Column::CostMicros, Column::Requests, Column::UploadBytes] {
        update = update.col_expr(column, Expr::value(0_i64));
    }
    update
        .filter(Column::UserKey.eq(person.key()))
        .filter(Column::Day.lt(today))
        .exec(&*tx.0)
        .await?;
    Entity::update_many()
        .col_expr(*column, Expr::col(*column).add(total))
        .filter(Column::UserKey.eq(person.key()))
        .exec(&*tx.0)
        .await?;
    Ok(())
}

fn statement(on: &impl ReadAccess, sql: String) -> Statement {
    Statement::from_string(backend(on), sql)
}

fn backend(on: &impl ReadAccess) -> DbBackend {
    on.connection().get_database_backend()
}
