//! Owns the broadcast commands and parses their buttons.

use serde::{Deserialize, Serialize};

/// A broadcast command. Stored with the update, so never reuse a variant name for another meaning.
/// A broadcast is identified by the update that asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum BroadcastCommand {
    /// Show a preview and ask for confirmation.
    Preview {
        text: String,
    },
    /// The same with an existing carousel of the administrator.
    Album {
        carousel: String,
    },
    Send {
        update: i64,
        /// For a carousel, the revision that was previewed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<u32>,
    },
    /// Discard it.
    Drop {
        update: i64,
    },
    Pause {
        update: i64,
    },
    Resume {
        update: i64,
    },
    /// Cancel the remaining deliveries.
    Stop {
        update: i64,
    },
}

impl BroadcastCommand {
    /// Parses a button's data; `None` if it is invalid.
    pub fn parse_button(data: &str) -> Option<Self> {
        let (verb, rest) = data.split_once(' ')?;
        if verb == "album" {
            let carousel = format!("carousel-{rest}");
            return Some(Self::Album { carousel });
        }
        let (update, revision) = rest.split_once(' ').unzip();
        let update = update.unwrap_or(rest).parse().ok()?;
        Some(match verb {
            "send" => Self::Send {
                update,
                revision: revision.map(str::parse).transpose().ok()?,
            },
            "drop" => Self::Drop { update },
            "pause" => Self::Pause { update },
            "go" => Self::Resume { update },
            "stop" => Self::Stop { update },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcast_buttons_are_parsed_and_forged_ones_rejected() {
        let send = |revision| {
            Some(BroadcastCommand::Send {
                update: 7,
                revision,
            })
        };
        assert_eq!(BroadcastCommand::parse_button("send 7"), send(None));
        assert_eq!(BroadcastCommand::parse_button("send 7 2"), send(Some(2)));
        let carousel = "carousel-tg-1-1-1".to_owned();
        let album = Some(BroadcastCommand::Album { carousel });
        assert_eq!(BroadcastCommand::parse_button("album tg-1-1-1"), album);
        for data in [
            "",
            "send",
            "send all",
            "send 7 newest",
            "send 7 2 3",
            "explode 7",
        ] {
            assert_eq!(BroadcastCommand::parse_button(data), None, "{data}");
        }
    }
}
