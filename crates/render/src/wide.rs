//! Loops over pixels and points, compiled once for each kind of vectors that processors have. The
//! widest of this processor are used, as `vello_cpu` does.
//!
//! What comes out is the same on all of them: integers, and floats that are added and multiplied in
//! the order in which they are written.

use fearless_simd::{Level, dispatch};

/// Does `work`. Only what is inlined into it gains: mark that `#[inline(always)]`, and a closure too.
#[inline(always)]
pub(crate) fn wide<R>(work: impl FnOnce() -> R) -> R {
    dispatch!(Level::new(), _ => work())
}
