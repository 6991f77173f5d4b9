//! What administrators ask of a broadcast.

use serde::{Deserialize, Serialize};

/// What is asked of a broadcast. Stored, so a name is never given another meaning. A broadcast is
/// named by the update that asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Outreach {
    /// Show how it would look, and ask whether to send it.
    Preview {
        /// The words.
        text: String,
    },
    /// The same with a carousel of theirs that was made before.
    Album {
        /// Which.
        carousel: String,
    },
    /// Send it.
    Send {
        /// Which.
        update: i64,
        /// Of a carousel, the revision that was asked about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<u32>,
    },
    /// Leave it.
    Drop {
        /// Which.
        update: i64,
    },
    /// Let it rest.
    Pause {
        /// Which.
        update: i64,
    },
    /// Go on with it.
    Resume {
        /// Which.
        update: i64,
    },
    /// Call it off.
    Stop {
        /// Which.
        update: i64,
    },
}

impl Outreach {
    /// What a button carries; `None` for what none does.
    pub fn of_button(data: &str) -> Option<Self> {
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
    fn a_button_says_what_is_asked_and_a_forged_one_nothing() {
        let send = |revision| {
            Some(Outreach::Send {
                update: 7,
                revision,
            })
        };
        assert_eq!(Outreach::of_button("send 7"), send(None));
        assert_eq!(Outreach::of_button("send 7 2"), send(Some(2)));
        let carousel = "carousel-tg-1-1-1".to_owned();
        let album = Some(Outreach::Album { carousel });
        assert_eq!(Outreach::of_button("album tg-1-1-1"), album);
        for data in [
            "",
            "send",
            "send all",
            "send 7 newest",
            "send 7 2 3",
            "explode 7",
        ] {
            assert_eq!(Outreach::of_button(data), None, "{data}");
        }
    }
}
