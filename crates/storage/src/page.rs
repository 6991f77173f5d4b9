//! [`RowPage`]: part of a list, in which one unreadable row does not hide the others.

use events::Timestamp;
use sea_orm::{
    ColumnTrait,
    sea_query::{Expr, ExprTrait as _},
};
use serde::{Deserialize, Serialize};

use crate::{Result, StorageError};

#[derive(Debug)]
pub struct RowPage<T> {
    /// The readable rows, in order.
    pub rows: Vec<T>,
    /// The errors of the unreadable rows: log them once and continue.
    pub unreadable: Vec<StorageError>,
    /// The cursor of the next page; `None` if this one is the last.
    pub next: Option<Cursor>,
}

/// A position in a list that is ordered by time and key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The time of the previous row.
    pub at: Timestamp,
    /// Its key, because several rows may have the same time.
    pub id: String,
}

impl<T> RowPage<T> {
    /// Decodes rows of a query with this `limit`; `place` gives a row's cursor.
    pub(crate) fn read<R>(
        rows: Vec<R>,
        limit: u32,
        place: impl Fn(&R) -> Cursor,
        read: impl Fn(R) -> Result<T>,
    ) -> Self {
        let full = rows.len() as u64 >= u64::from(limit);
        let next = rows.last().filter(|_| full).map(place);
        Self { next, ..Self::whole(rows, read) }
    }

    /// Decodes all rows; there is no next page.
    pub(crate) fn whole<R>(rows: Vec<R>, read: impl Fn(R) -> Result<T>) -> Self {
        let mut page =
            Self { rows: Vec::with_capacity(rows.len()), unreadable: Vec::new(), next: None };
        for row in rows {
            match read(row) {
                Ok(row) => page.rows.push(row),
                Err(error) => page.unreadable.push(error),
            }
        }
        page
    }
}

impl Cursor {
    /// The rows after this position in a list with the oldest first: one comparison of pairs, which
    /// can use an index.
    pub(crate) fn oldest_first<C: ColumnTrait>(&self, at: C, id: C) -> Expr {
        let (row, place) = self.pair(at, id);
        row.gt(place)
    }

    /// The rows after this position in a list with the newest first.
    pub(crate) fn newest_first<C: ColumnTrait>(&self, at: C, id: C) -> Expr {
        let (row, place) = self.pair(at, id);
        row.lt(place)
    }

    fn pair<C: ColumnTrait>(&self, at: C, id: C) -> (Expr, Expr) {
        (
            Expr::tuple([at.into_expr(), id.into_expr()]),
            Expr::tuple([Expr::value(self.at), Expr::value(self.id.as_str())]),
        )
    }
}
