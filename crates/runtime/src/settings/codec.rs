//! The keys that encrypt payloads.

use super::TEMPORAL_CODEC_KEYS;
use crate::{
    codec::Codec,
    env::{Env, SettingsErrors},
};

/// The keys. Error messages do not contain them.
pub(super) fn read_keys(problems: &mut SettingsErrors, env: &Env) -> Codec {
    let keys = Codec::parse(env.get(TEMPORAL_CODEC_KEYS).unwrap_or_default());
    keys.unwrap_or_else(|error| {
        problems.add(format!("{}: {error}", TEMPORAL_CODEC_KEYS.name));
        Codec::default()
    })
}

#[cfg(test)]
mod tests {
    use crate::{codec::Codec, env::Env, settings::Settings};

    fn said(keys: &str, token: &str) -> Result<String, String> {
        let env = Env::of([
            ("TEMPORAL_CODEC_KEYS", keys),
            ("TEMPORAL_CODEC_TOKEN", token),
            ("LOG_FORMAT", "xml"),
        ]);
        let problems = Settings::read(&env).unwrap_err().to_string();
        let all = problems.lines().count();
        if all == 2 { Ok(problems) } else { Err(problems) }
    }

    #[test]
    fn wrong_keys_are_reported_without_their_value() {
        let key = |id| Codec::new_key(id).unwrap().expose().to_owned();
        let good = format!("{},{}", key("new"), key("old"));
        assert!(said(&good, "0123456789abcdef").is_ok());
        let bare = key("x")[2..].to_owned();
        for wrong in [
            "hunter2hunter2".to_owned(),
            "new=hunter2hunter2".to_owned(),
            format!("ne w={bare}"),
            // The id is missing: the text before the padding is parsed as one.
            "hunter2hunter2hunter2hunter2hunter2hunter2a=".to_owned(),
            format!("{},{}", key("new"), key("new")),
        ] {
            let problems = said(&wrong, "").unwrap_err();
            assert!(problems.contains("TEMPORAL_CODEC_KEYS: "), "{problems}");
            assert!(!problems.contains("hunter2") && !problems.contains(&bare), "{problems}");
        }
        let problems = said(&good, "hunter2").unwrap_err();
        assert!(
            problems.contains("TEMPORAL_CODEC_TOKEN: ") && !problems.contains("hunter2"),
            "{problems}"
        );
    }

    #[test]
    fn keys_and_token_are_not_shown() {
        let key = Codec::new_key("2026-11").unwrap();
        let env = Env::of([
            ("TEMPORAL_CODEC_KEYS", key.expose()),
            ("TEMPORAL_CODEC_TOKEN", "0123456789abcdef"),
        ]);
        let settings = Settings::read(&env).unwrap();
        let shown = format!("{settings:?} {key:?}");
        assert!(shown.contains("2026-11"), "{shown}");
        assert!(
            !shown.contains("0123456789abcdef") && !shown.contains(&key.expose()[8..]),
            "{shown}"
        );
    }
}
