//! Effects, one module per pool: what workflows ask for and may not do themselves.

pub mod ai;
