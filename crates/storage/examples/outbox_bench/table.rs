//! The table of results.

use std::{collections::BTreeMap, fmt, time::Duration};

/// One measurement: database, operation and table size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BenchCell {
    pub(crate) database: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) size: u64,
}

/// The best cost of one event, per row and size.
pub(crate) struct BenchTable {
    sizes: Vec<u64>,
    /// In the order of their first measurement.
    rows: Vec<(&'static str, &'static str)>,
    best: BTreeMap<(&'static str, &'static str, u64), Duration>,
}

impl BenchTable {
    pub(crate) fn new(sizes: &[u64]) -> Self {
        Self { sizes: sizes.to_vec(), rows: Vec::new(), best: BTreeMap::new() }
    }

    pub(crate) fn record(&mut self, cell: BenchCell, cost: Duration) {
        let row = (cell.database, cell.operation);
        if !self.rows.contains(&row) {
            self.rows.push(row);
        }
        let best = self.best.entry((row.0, row.1, cell.size)).or_insert(cost);
        *best = cost.min(*best);
    }
}

impl fmt::Display for BenchTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{:10} {:22}", "database", "operation")?;
        for size in &self.sizes {
            write!(f, " {:>24}", format!("at {size} events"))?;
        }
        writeln!(f, " {:>6}", "ratio")?;
        for (database, operation) in &self.rows {
            write!(f, "{database:10} {operation:22}")?;
            let cost = |size: &u64| self.best.get(&(*database, *operation, *size));
            for size in &self.sizes {
                let Some(cost) = cost(size) else {
                    write!(f, " {:>24}", "–")?;
                    continue;
                };
                let micros = cost.as_secs_f64() * 1e6;
                let told = format!("{micros:.1} µs {:>8.0}/s", 1e6 / micros);
                write!(f, " {told:>24}")?;
            }
            let ends = (self.sizes.first().and_then(cost), self.sizes.last().and_then(cost));
            match ends {
                (Some(first), Some(last)) => {
                    writeln!(f, " {:>6.2}", last.as_secs_f64() / first.as_secs_f64())?;
                }
                (None, _) | (_, None) => writeln!(f, " {:>6}", "–")?,
            }
        }
        Ok(())
    }
}
