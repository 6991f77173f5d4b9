//! Serializes a typed part of an action as its text.

use std::{fmt::Display, str::FromStr};

use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

pub fn serialize<T: Display, S: Serializer>(part: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(part)
}

/// # Errors
/// If the text is not one of this type.
pub fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    String::deserialize(from)?.parse().map_err(D::Error::custom)
}

/// The same for a part that may be absent.
pub mod optional {
    use super::*;

    pub fn serialize<T: Display, S: Serializer>(
        part: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match part {
            Some(part) => to.collect_str(part),
            None => to.serialize_none(),
        }
    }

    /// # Errors
    /// If there is a text that is not one of this type.
    pub fn deserialize<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        let text = Option::<String>::deserialize(from)?;
        let part = text.map(|text| text.parse());
        part.transpose().map_err(D::Error::custom)
    }
}
