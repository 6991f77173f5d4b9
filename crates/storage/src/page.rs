//! [`Page`]: part of a list, in which one bad row does not cost the others.

use events::Timestamp;
use sea_orm::{
    ColumnTrait,
    sea_query::{Expr, ExprTrait as _},
};
use serde::{Deserialize, Serialize};

use crate::Error;

/// Part of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// What could be read, in order.
    pub rows: Vec<T>,
    /// Why the others could not: say so to an operator, once, and go on.
    pub unreadable: Vec<Error>,
    /// Where the next page begins; `None` when this one is the last.
    pub next: Option<Cursor>,
}

/// A place in a list that is ordered by time: what comes next is behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The time of the row before.
    pub at: Timestamp,
    /// Its key, because many rows may have one time.
    pub id: String,
}

impl<T> Page<T> {
    /// Reads rows of which at most `limit` were asked for; `place` tells where a row stands.
    pub(crate) fn read<R>(
        rows: Vec<R>,
        limit: u32,
        place: impl Fn(&R) -> Cursor,
        read: impl Fn(R) -> Result<T, Error>,
    ) -> Self {
        let full = rows.len() as u64 >= u64::from(limit);
        let next = rows.last().filter(|_| full).map(place);
        Self {
            next,
            ..Self::whole(rows, read)
        }
    }

    /// Reads all rows there are.
    pub(crate) fn whole<R>(rows: Vec<R>, read: impl Fn(R) -> Result<T, Error>) -> Self {
        let mut page = Self {
            rows: Vec::with_capacity(rows.len()),
            unreadable: Vec::new(),
            next: None,
        };
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
    /// What comes after this place in a list with the oldest first: one comparison of pairs, which
    /// an index answers; the same in words would be three.
    pub(crate) fn oldest_first<C: ColumnTrait>(&self, at: C, id: C) -> Expr {
        let (row, place) = self.pair(at, id);
        row.gt(place)
    }

    /// What comes after this place in a list with the newest first.
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
