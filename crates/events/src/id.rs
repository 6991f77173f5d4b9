//! [`EventId`]: derived from what the event is about, so that writing an event again writes the
//! same id.

use std::fmt;

use uuid::Uuid;

/// The UUID namespace of our ids: a UUIDv4 drawn once for this project.
const NAMESPACE: Uuid = Uuid::from_u128(0x9fbb_fb80_4ed0_4e45_b010_ab27_5008_ff8e);

/// Maximum length of an id from another system, in bytes. Ours are UUIDs of 36 bytes.
const MAX_BYTES: usize = 200;

/// The id of an event. Ours are UUIDv5. The id of another system's event, which can be the cause of
/// one of ours, may be any printable text without spaces.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(String);

/// The text is not a valid event id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event's id is 1 to {MAX_BYTES} bytes of printable text without spaces")]
pub struct EventIdError;

impl EventId {
    /// The id of event number `sequence` of a workflow's step. `step` must not depend on the run: a
    /// reset or a retry must give the same ids.
    pub fn for_step(workflow: &str, step: &str, sequence: u32) -> Self {
        Self::from_parts(&["workflow", workflow, step], sequence)
    }

    /// The id of event number `sequence` of type `kind` that `source` writes about one request or
    /// update outside workflows.
    pub fn for_request(source: &str, request: &str, kind: &str, sequence: u32) -> Self {
        Self::from_parts(&["request", source, request, kind], sequence)
    }

    pub fn parse(id: &str) -> Result<Self, EventIdError> {
        let printable = |c: char| !c.is_control() && !c.is_whitespace();
        if (1..=MAX_BYTES).contains(&id.len()) && id.chars().all(printable) {
            Ok(Self(id.to_owned()))
        } else {
            Err(EventIdError)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Each part is hashed with its length, so that two different lists of parts never give the
    /// same id.
    fn from_parts(parts: &[&str], sequence: u32) -> Self {
        let mut name = Vec::new();
        for part in parts {
            name.extend_from_slice(&(part.len() as u64).to_be_bytes());
            name.extend_from_slice(part.as_bytes());
        }
        name.extend_from_slice(&sequence.to_be_bytes());
        Self(Uuid::new_v5(&NAMESPACE, &name).to_string())
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn id_is_stable_across_releases() {
        // Golden values: if they change, a step that is retried across the release writes its
        // events twice.
        let step = EventId::for_step("carousel-cli-1", "open", 1);
        let request = EventId::for_request("/bible-vibecoder/gateway", "7", "command.executed", 0);
        assert_eq!(step.as_str(), "c3f29532-c240-5882-9ca0-fa6e9f4f6508");
        assert_eq!(request.as_str(), "7b108091-0692-5d93-abfd-feea9ab3bfb3");
    }

    #[test]
    fn id_rejects_spaces_and_control_characters() {
        for bad in ["", "a b", "a\nb", &"x".repeat(201)] {
            assert_eq!(EventId::parse(bad), Err(EventIdError), "{bad:?}");
        }
        assert!(EventId::parse("their-event/42").is_ok());
    }

    proptest! {
        #[test]
        fn different_steps_have_different_ids(
            a in ("[a-c-]{0,4}", "[a-c-]{0,4}", 0_u32..3),
            b in ("[a-c-]{0,4}", "[a-c-]{0,4}", 0_u32..3),
        ) {
            let id = |(w, s, n): &(String, String, u32)| EventId::for_step(w, s, *n);
            prop_assert_eq!(a == b, id(&a) == id(&b));
            prop_assert_ne!(id(&a), EventId::for_request(&a.0, &a.1, "", a.2));
        }
    }
}
