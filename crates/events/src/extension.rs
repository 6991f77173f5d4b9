//! [`Extensions`]: attributes that this program does not know, kept and passed on.

use std::collections::BTreeMap;

use serde_json::Value;

/// Extension attributes with names and values that CloudEvents allows: text, 32-bit integers and
/// booleans.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extensions(BTreeMap<String, Value>);

/// Why an extension attribute is invalid (CloudEvents 1.0, “Attribute naming”, “Type system”).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExtensionError {
    /// Not lower-case ASCII letters and digits.
    #[error("“{0}” can't name an attribute: only a-z and 0-9 may")]
    Name(String),
    /// A name that the envelope itself uses.
    #[error("“{0}” is an attribute of the envelope, not an extension")]
    Reserved(String),
    /// A list, an object, a fraction, or an integer of more than 32 bits.
    #[error("attribute “{0}” is neither text nor a 32-bit whole number nor true or false")]
    Value(String),
}

impl Extensions {
    /// Adds an attribute; `null` means absent and adds none.
    ///
    /// # Errors
    /// [`ExtensionError`] if CloudEvents does not allow the name or the value, or the envelope uses
    /// the name.
    pub fn insert(&mut self, name: &str, value: Value) -> Result<(), ExtensionError> {
        if crate::cloud_event::ATTRIBUTES.split(' ').any(|taken| taken == name) {
            return Err(ExtensionError::Reserved(name.to_owned()));
        }
        let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
        if name.is_empty() || !name.bytes().all(allowed) {
            return Err(ExtensionError::Name(name.to_owned()));
        }
        match &value {
            Value::Null => {
                self.0.remove(name);
                return Ok(());
            }
            Value::Bool(_) | Value::String(_) => {}
            Value::Number(n) if n.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) => {}
            Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                return Err(ExtensionError::Value(name.to_owned()));
            }
        }
        self.0.insert(name.to_owned(), value);
        Ok(())
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// All attributes, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn extensions_accept_only_valid_cloudevents_attributes() {
        let mut extensions = Extensions::default();
        for (name, value) in [("tenant", json!("a")), ("n", json!(-1)), ("b", json!(true))] {
            assert_eq!(extensions.insert(name, value), Ok(()));
        }
        for (name, value) in [
            ("Tenant", json!("a")),
            ("", json!("a")),
            ("id", json!("a")),
            ("list", json!([])),
            ("half", json!(0.5)),
            ("big", json!(3_000_000_000_u32)),
        ] {
            assert!(extensions.insert(name, value).is_err(), "{name}");
        }
        assert_eq!(extensions.iter().count(), 3);
    }

    #[test]
    fn null_is_absent() {
        let mut extensions = Extensions::default();
        extensions.insert("tenant", json!("a")).unwrap();
        extensions.insert("tenant", Value::Null).unwrap();
        assert_eq!(extensions, Extensions::default());
    }
}
