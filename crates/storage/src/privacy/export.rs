//! Exports a person's rows of every table, as JSON that the database makes of all their columns.

use sea_orm::{ConnectionTrait as _, DbBackend};
use serde_json::{Map, Value};

use super::{DataSubject, PersonalTable, TABLES, TableContent, backend, statement};
use crate::{ReadAccess, Result};

/// At most so many rows of one table: a person reads an export, and it is sent as one file.
const MAX_ROWS: u32 = 10_000;

#[derive(Debug, Clone, PartialEq)]
pub struct TableRows {
    pub table: &'static str,
    /// Records in the rows are JSON objects, not text.
    pub rows: Vec<Value>,
}

/// Everything that the database stores about a person.
pub async fn export(on: &impl ReadAccess, person: &DataSubject) -> Result<Vec<TableRows>> {
    let mut all = Vec::new();
    for table in TABLES {
        let TableContent::Personal { rows, .. } = table.content else {
            continue;
        };
        let sql = select(backend(on), table, &person.condition(rows));
        let found = on.connection().query_all_raw(statement(on, sql)).await?;
        let mut rows = Vec::with_capacity(found.len());
        for row in found {
            let json: String = row.try_get("", "json")?;
            rows.push(parse_records(serde_json::from_str(&json).unwrap_or_default()));
        }
        let table = table.name;
        all.push(TableRows { table, rows });
    }
    Ok(all)
}

fn select(backend: DbBackend, table: &PersonalTable, rows: &str) -> String {
    let name = table.name;
    let json = match backend {
        DbBackend::Postgres => format!("row_to_json({name}.*)::text"),
        _ => {
            let pairs = table.columns().map(|c| format!("'{c}', \"{c}\""));
            format!("json_object({})", pairs.collect::<Vec<_>>().join(", "))
        }
    };
    format!("SELECT {json} AS json FROM {name} WHERE {rows} LIMIT {MAX_ROWS}")
}

/// Records are stored as text; the export shows them as JSON.
fn parse_records(row: Value) -> Value {
    let Value::Object(fields) = row else {
        return row;
    };
    let open = |value: Value| match &value {
        Value::String(text) if text.starts_with(['{', '[']) => {
            serde_json::from_str(text).unwrap_or(value)
        }
        _ => value,
    };
    let fields: Map<String, Value> = fields.into_iter().map(|(k, v)| (k, open(v))).collect();
    Value::Object(fields)
}
