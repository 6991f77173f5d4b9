//! Reads the tables and the outbox with the auditor's own SQL.

use std::{str::FromStr, time::Duration};

use domain::UnknownName;
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, DbErr,
    QueryResult, Statement,
};

use super::audit_data::{
    AuditDestination, BlobReferenceRow, CarouselRow, DeliveryRow, EventRow, QuotaHold,
    RecipientRow, StoredRows, UpdateRow,
};

const CAROUSELS: &str = "
    SELECT c.id, c.outcome, COALESCE(c.reason, '') AS reason, c.revision,
           CASE WHEN q.carousel_id IS NULL THEN 0 WHEN q.released_at IS NULL THEN 1 ELSE 2 END
               AS quota
    FROM carousels c LEFT JOIN quota_reservations q ON q.carousel_id = c.id
    ORDER BY c.created_at, c.id";

const REFERENCES: &str = "
    SELECT carousel_id, revision, part, blob_key
    FROM blob_refs ORDER BY carousel_id, revision, part, position";

const EVENTS: &str = "
    SELECT id, type AS kind, correlation_id, causation_id, envelope FROM events ORDER BY seq";

const DELIVERIES: &str = "
    SELECT carousel_id, revision, part, generation, size, arrived, state
    FROM deliveries ORDER BY carousel_id, revision, part, generation";

const RECIPIENTS: &str = "
    SELECT b.message, r.chat_id, r.state
    FROM recipients r JOIN broadcasts b ON b.id = r.broadcast_id
    ORDER BY r.broadcast_id, r.user_id";

const UPDATES: &str = "
    SELECT update_id, state, COALESCE(reason, '') AS reason FROM updates
    ORDER BY bot_id, update_id";

/// Reads all committed rows.
pub(super) async fn read(url: &str) -> Result<(StoredRows, Vec<EventRow>), DbErr> {
    let db = connect(url).await?;
    let stored = StoredRows {
        carousels: all(&db, CAROUSELS, carousel).await?,
        references: all(&db, REFERENCES, reference).await?,
        deliveries: all(&db, DELIVERIES, delivery).await?,
        recipients: {
            let all = all(&db, RECIPIENTS, recipient).await?;
            all.into_iter().flatten().collect()
        },
        updates: all(&db, UPDATES, update).await?,
    };
    let events = all(&db, EVENTS, event).await?;
    db.close().await?;
    Ok((stored, events))
}

/// Moves the stored creation time of a carousel into the past.
pub(crate) async fn backdate(url: &str, carousel: &str, by: Duration) -> Result<(), DbErr> {
    let db = connect(url).await?;
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => "UPDATE carousels SET created_at = $1 WHERE id = $2",
        _ => "UPDATE carousels SET created_at = ? WHERE id = ?",
    };
    let then = chrono::Utc::now() - by;
    let values = [then.into(), carousel.into()];
    let aged = Statement::from_sql_and_values(backend, sql, values);
    let aged = db.execute_raw(aged).await?;
    db.close().await?;
    if aged.rows_affected() == 1 { Ok(()) } else { Err(DbErr::RecordNotFound(carousel.to_owned())) }
}

/// The carousels that schedules have started: their ids and users.
pub(crate) async fn scheduled_carousels(url: &str) -> Result<Vec<(String, String)>, DbErr> {
    let db = connect(url).await?;
    let sql = "SELECT id, user_id FROM carousels WHERE id LIKE 'carousel-sched-%' ORDER BY id";
    let read = |row: &QueryResult| Ok((row.try_get("", "id")?, row.try_get("", "user_id")?));
    let found = all(&db, sql, read).await?;
    db.close().await?;
    Ok(found)
}

/// How many events of a type the processes of a role have written about themselves.
pub(crate) async fn count_reports(url: &str, kind: &str, role: &str) -> Result<i64, DbErr> {
    let db = connect(url).await?;
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "SELECT COUNT(*) AS n FROM events WHERE type = $1 AND correlation_id LIKE $2"
        }
        _ => "SELECT COUNT(*) AS n FROM events WHERE type = ? AND correlation_id LIKE ?",
    };
    let values = [kind.into(), format!("process {role}@%").into()];
    let row = db.query_one_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    db.close().await?;
    row.ok_or_else(|| DbErr::RecordNotFound("a count".to_owned()))?.try_get("", "n")
}

async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await
}

async fn all<T>(
    db: &DatabaseConnection,
    sql: &str,
    read: fn(&QueryResult) -> Result<T, DbErr>,
) -> Result<Vec<T>, DbErr> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    db.query_all_raw(statement).await?.iter().map(read).collect()
}

/// A row with an unknown name can't be judged, so it ends the audit.
fn parsed<T: FromStr<Err = UnknownName>>(name: &str) -> Result<T, DbErr> {
    name.parse().map_err(|error: UnknownName| DbErr::Type(error.to_string()))
}

fn carousel(row: &QueryResult) -> Result<CarouselRow, DbErr> {
    let quota: i32 = row.try_get("", "quota")?;
    Ok(CarouselRow {
        id: row.try_get("", "id")?,
        outcome: row
            .try_get::<Option<String>>("", "outcome")?
            .map(|name| parsed(&name))
            .transpose()?,
        reason: row.try_get("", "reason")?,
        revision: row.try_get("", "revision")?,
        quota: match quota {
            0 => QuotaHold::None,
            1 => QuotaHold::Held,
            _ => QuotaHold::Released,
        },
    })
}

fn reference(row: &QueryResult) -> Result<BlobReferenceRow, DbErr> {
    Ok(BlobReferenceRow {
        carousel: row.try_get("", "carousel_id")?,
        revision: row.try_get("", "revision")?,
        part: row.try_get("", "part")?,
        key: row.try_get("", "blob_key")?,
    })
}

fn delivery(row: &QueryResult) -> Result<DeliveryRow, DbErr> {
    let count = |name: &str| -> Result<usize, DbErr> {
        let number: i64 = row.try_get("", name)?;
        Ok(usize::try_from(number).unwrap_or(0))
    };
    Ok(DeliveryRow {
        carousel: row.try_get("", "carousel_id")?,
        revision: row.try_get("", "revision")?,
        part: row.try_get("", "part")?,
        generation: row.try_get("", "generation")?,
        size: count("size")?,
        arrived: count("arrived")?,
        state: parsed(&row.try_get::<String>("", "state")?)?,
    })
}

/// `None` for a broadcast that is not a carousel.
fn recipient(row: &QueryResult) -> Result<Option<RecipientRow>, DbErr> {
    let message: String = row.try_get("", "message")?;
    let message: serde_json::Value = serde_json::from_str(&message).unwrap_or_default();
    let Some(carousel) = message["album"]["carousel"].as_str() else {
        return Ok(None);
    };
    Ok(Some(RecipientRow {
        carousel: carousel.to_owned(),
        revision: message["album"]["revision"].as_i64().unwrap_or_default(),
        destination: AuditDestination::Chat(row.try_get("", "chat_id")?),
        state: parsed(&row.try_get::<String>("", "state")?)?,
    }))
}

fn update(row: &QueryResult) -> Result<UpdateRow, DbErr> {
    Ok(UpdateRow {
        number: row.try_get("", "update_id")?,
        state: row.try_get("", "state")?,
        reason: row.try_get("", "reason")?,
    })
}

fn event(row: &QueryResult) -> Result<EventRow, DbErr> {
    let envelope: String = row.try_get("", "envelope")?;
    // An unreadable envelope contributes no data; the storage crate's tests check that envelopes
    // are readable.
    let envelope: serde_json::Value = serde_json::from_str(&envelope).unwrap_or_default();
    let data = &envelope["data"];
    Ok(EventRow {
        id: row.try_get("", "id")?,
        kind: row.try_get("", "kind")?,
        correlation: row.try_get("", "correlation_id")?,
        causation: row.try_get("", "causation_id")?,
        outcome: data["outcome"].as_str().and_then(|name| name.parse().ok()),
        revision: data["revision"].as_u64(),
    })
}
