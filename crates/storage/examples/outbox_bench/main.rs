//! Outbox benchmark: the cost of appending, publishing, consuming and pruning one event while the
//! table has 10⁴ or 10⁶ others, on both databases.
//!
//! `cargo run --release -p storage --example outbox_bench [-- --sizes 10000,1000000 --rounds 5]`.
//! The SQLite file is in a temporary folder; PostgreSQL is started from the installed programs,
//! with durable commits, or is the one at `TEST_POSTGRES_URL`. The best round of each measurement
//! counts, because other load on the machine only makes it slower.
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]

mod load;
#[path = "../../tests/suite/postgres/server.rs"]
mod server;

use std::{error::Error, path::Path, time::Duration};

use sea_orm::ConnectionTrait as _;
use server::PostgresServer;
use storage::{Database, DatabaseOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let wanted = BenchArgs::read(std::env::args().skip(1))?;
    let folder = tempfile::tempdir()?;
    for size in &wanted.sizes {
        let url = format!("sqlite://{}/{size}.db", folder.path().display());
        let db = Database::open(&url, &DatabaseOptions::default()).await?;
        measure("sqlite", &db, *size, wanted.rounds).await?;
        db.close().await?;
    }
    match postgres(folder.path()) {
        Ok((url, _server)) => {
            for size in &wanted.sizes {
                let db = schema(&url, *size).await?;
                measure("postgres", &db, *size, wanted.rounds).await?;
                db.close().await?;
            }
        }
        Err(why) => println!("PostgreSQL is skipped: {why}"),
    }
    Ok(())
}

/// Command-line arguments.
struct BenchArgs {
    /// Events that are in the table already.
    sizes: Vec<u64>,
    /// How often everything is measured.
    rounds: u32,
}

impl BenchArgs {
    fn read(mut args: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut wanted = Self { sizes: vec![10_000, 1_000_000], rounds: 5 };
        while let Some(name) = args.next() {
            let value = args.next().ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--sizes" => {
                    let sizes = value.split(',').map(str::parse);
                    wanted.sizes = sizes.collect::<Result<_, _>>()?;
                }
                "--rounds" => wanted.rounds = value.parse()?,
                _ => {
                    return Err(format!(
                        "unknown option {name}: use --sizes 10000,1000000 or --rounds 5"
                    )
                    .into());
                }
            }
        }
        Ok(wanted)
    }
}

/// Our own server, or the one at `TEST_POSTGRES_URL`.
fn postgres(folder: &Path) -> Result<(String, Option<PostgresServer>), String> {
    if let Ok(url) = std::env::var("TEST_POSTGRES_URL") {
        return Ok((url, None));
    }
    // The path of its socket must be short, and its user must be able to reach the folder.
    let name = folder.file_name().and_then(|name| name.to_str());
    let home = format!("vibecoder-bench-{}", name.unwrap_or_default());
    let server = PostgresServer::start(&std::env::temp_dir().join(home), &[])?;
    Ok((server.url(), Some(server)))
}

async fn schema(url: &str, size: u64) -> Result<Database, Box<dyn Error>> {
    let schema = format!("outbox_bench_{size}");
    let outside = sea_orm::Database::connect(url).await?;
    let create = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    outside.execute_unprepared(&create).await?;
    let options = DatabaseOptions { schema: Some(schema), ..DatabaseOptions::default() };
    Ok(Database::open(url, &options).await?)
}

async fn measure(
    name: &str,
    db: &Database,
    size: u64,
    rounds: u32,
) -> Result<(), storage::StorageError> {
    println!("{name}: filling in {size} events …");
    load::fill(db, size).await?;
    load::register_consumer(db).await?;
    // After a million new rows the server writes and vacuums; that is not part of the cost of one
    // event.
    tokio::time::sleep(Duration::from_millis(size / 10)).await;
    println!("{name}: measuring at {size} …");
    let mut best = [Duration::MAX; 5];
    for round in 0..rounds {
        let costs = [
            load::append(db, round, 1).await?,
            load::append(db, round, 8).await?,
            load::publish(db).await?,
            load::consume(db).await?,
            load::prune(db).await?,
        ];
        best = std::array::from_fn(|at| best[at].min(costs[at]));
    }
    for (operation, cost) in OPERATIONS.iter().zip(best) {
        let micros = cost.as_secs_f64() * 1e6;
        println!("{name:10} {operation:22} {micros:>8.1} µs {:>8.0}/s", 1e6 / micros);
    }
    Ok(())
}

/// What a round measures, in its order.
const OPERATIONS: [&str; 5] =
    ["append, one writer", "append, eight writers", "publish (relay)", "consume", "prune"];
