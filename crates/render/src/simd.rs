//! Runs loops over pixels and points with the widest SIMD instructions of the processor, as
//! `vello_cpu` does: each loop is compiled once per instruction set.
//!
//! The results are the same on all of them: integers, and float operations in their
//! written order.

use fearless_simd::{Level, dispatch};

/// Runs `work`. Only code that is inlined into it gets faster: mark functions and closures
/// `#[inline(always)]`.
#[inline(always)]
pub(crate) fn with_simd<R>(work: impl FnOnce() -> R) -> R {
    dispatch!(Level::new(), _ => work())
}
