//! [`KeyProblem`], and the checks of single values.

use std::fmt::Display;

use crate::theme::color::Hex;

/// A key of a theme file, and what is wrong with it.
pub(super) type KeyProblem = (String, String);

pub(super) fn within<T: Copy + PartialOrd + Display>(
    key: &str,
    value: T,
    min: T,
    max: T,
) -> Result<(), KeyProblem> {
    if value >= min && value <= max {
        Ok(())
    } else {
        Err((key.to_owned(), format!("{value} is not within {min} to {max}")))
    }
}

pub(super) fn opaque(key: &str, color: Hex) -> Result<(), KeyProblem> {
    let problem = "must be opaque: its contrast could not be told otherwise";
    color.is_opaque().then_some(()).ok_or_else(|| (key.to_owned(), problem.to_owned()))
}
