//! How the shape of a reply is requested, and which form a server supports.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::reply_schema::{Dialect, Schema};

/// How the reply's shape is requested, the strictest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyForm {
    /// A schema that the server enforces.
    Schema,
    /// Any JSON object; the schema is in the prompt.
    JsonObject,
    /// Only the prompt says it.
    Text,
}

impl ReplyForm {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Schema => "JSON Schema",
            Self::JsonObject => "JSON mode",
            Self::Text => "plain text",
        }
    }

    /// The system prompt, with the schema if the server does not enforce it.
    pub(crate) fn system_prompt(self, system: &str, schema: &Schema) -> String {
        match self {
            Self::Schema => system.to_owned(),
            Self::JsonObject | Self::Text => {
                let schema = schema.json(Dialect::NoLengths);
                format!("{system}\n\nThe JSON Schema of your reply:\n{schema}")
            }
        }
    }
}

/// The strictest form that a server supports, as far as it is known: an index of `forms`.
pub(crate) struct SupportedForm {
    forms: &'static [ReplyForm],
    at: AtomicU8,
}

impl SupportedForm {
    /// `forms` are those of the protocol, the strictest first; at least one.
    pub(crate) const fn new(forms: &'static [ReplyForm]) -> Self {
        Self { forms, at: AtomicU8::new(0) }
    }

    pub(crate) fn get(&self) -> ReplyForm {
        let at = usize::from(self.at.load(Ordering::Relaxed));
        self.forms.get(at).copied().unwrap_or(ReplyForm::Text)
    }

    /// Notes that the server refuses `refused`. Returns whether there is another form to try.
    pub(crate) fn refuse(&self, refused: ReplyForm) -> bool {
        let Some(at) = self.forms.iter().position(|form| *form == refused) else {
            return false;
        };
        let next = at + 1;
        if next < self.forms.len() {
            self.at.fetch_max(u8::try_from(next).unwrap_or(u8::MAX), Ordering::Relaxed);
        }
        next < self.forms.len()
    }
}
