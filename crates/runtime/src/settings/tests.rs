//! Reading of settings, and the reported errors.

use domain::ProviderName;

use super::*;

#[test]
fn empty_environment_is_valid() {
    let settings = Settings::read(&Env::default()).unwrap();
    assert_eq!(settings.ai.providers, [ProviderName::Offline]);
    assert_eq!(settings.dev.port, 7233);
    assert!(settings.data.database_url.expose().ends_with("/data/vibecoder.db"));
    assert_eq!(settings.quota.carousels_per_day, None);
}

#[test]
fn all_errors_are_reported_together() {
    let env = Env::of([
        ("TEMPORAL_ADDRESS", "ftp://x"),
        ("AI_PROVIDERS", ","),
        ("HTTP_ADDRESS", "9464"),
        ("LOG_FORMAT", "xml"),
    ]);
    let said = Settings::read(&env).unwrap_err().to_string();
    assert_eq!(said.lines().count(), 5, "{said}");
}

#[test]
fn malformed_token_is_a_settings_error() {
    let read = |token| Settings::read(&Env::of([("TELOXIDE_TOKEN", token)]));
    for wrong in ["hunter2", ":hunter2", "123:", "12a:hunter2", "123:hunter2 x", "0:hunter2"] {
        let said = read(wrong).unwrap_err().to_string();
        assert!(said.contains("TELOXIDE_TOKEN: it does not look like a bot's token"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
    let right = read("123456:AAfake_-x").unwrap().telegram.token;
    assert_eq!(right.unwrap().expose(), "123456:AAfake_-x");
    assert!(read("").unwrap().telegram.token.is_none());
}

#[test]
fn public_and_operator_port_must_differ() {
    let read = |http, public| {
        Settings::read(&Env::of([("HTTP_ADDRESS", http), ("PUBLIC_ADDRESS", public)]))
    };
    assert!(read("0.0.0.0:9000", "0.0.0.0:9000").is_err());
    assert!(read("127.0.0.1:9000", "0.0.0.0:9000").is_err());
    let apart = read("127.0.0.1:9000", "0.0.0.0:9001").unwrap();
    assert_eq!(apart.public.port(), 9001);
    let default = read("", "").unwrap();
    assert!(default.public.ip().is_loopback() && default.http.is_none());
}

#[test]
fn address_scheme_is_optional() {
    let read = |address| {
        let env = Env::of([("TEMPORAL_ADDRESS", address)]);
        Settings::read(&env).unwrap().temporal.address.unwrap().to_string()
    };
    assert_eq!(read("temporal:7233"), "http://temporal:7233/");
    assert_eq!(read("https://a.tmprl.cloud:7233"), "https://a.tmprl.cloud:7233/");
}

#[test]
fn secrets_are_not_shown() {
    let env =
        Env::of([("TEMPORAL_API_KEY", "hunter2"), ("DATABASE_URL", "postgres://u:hunter2@h")]);
    let shown = format!("{:?}", Settings::read(&env).unwrap());
    assert!(!shown.contains("hunter2"), "{shown}");
}

/// A password that must not be shown.
const CANARY: &str = "hunter2";

#[test]
fn no_setting_shows_a_password_in_its_address() {
    let urls = VARIABLES.iter().filter(|v| v.name.ends_with("_URL"));
    let mut shown = 0;
    for variable in urls.clone() {
        let value = match variable.name {
            "DATABASE_URL" => format!("postgres://u:{CANARY}@host.example/db"),
            "BLOBS_URL" => format!("s3://u:{CANARY}@bucket"),
            "REDIS_URL" => format!("redis://u:{CANARY}@host.example/1"),
            _ => format!("https://u:{CANARY}@host.example/{CANARY}?key={CANARY}"),
        };
        let secret = ("TELEGRAM_WEBHOOK_SECRET", "0123456789abcdef".to_owned());
        let said = match Settings::read(&Env::of([(variable.name, value), secret])) {
            Ok(settings) => {
                shown += 1;
                format!("{settings:?}")
            }
            Err(problems) => {
                assert!(problems.to_string().contains(variable.name), "{problems}");
                problems.to_string()
            }
        };
        assert!(!said.contains(CANARY), "{}: {said}", variable.name);
    }
    assert_eq!(shown, urls.count() - 2, "only TEMPORAL_UI_URL and STUDIO_URL are refused");
}

#[test]
fn errors_do_not_repeat_passwords() {
    // It holds names of providers, which its errors repeat.
    let others = |variable: &&Variable| variable.name != AI_PROVIDERS.name;
    for variable in VARIABLES.iter().filter(others) {
        for value in [
            format!("no url u:{CANARY}@host"),
            format!("ftp://u:{CANARY}@host.example"),
            format!("https//u:{CANARY}@host.example:port/x"),
        ] {
            let env = Env::of([(variable.name, value)]);
            if let Err(problems) = Settings::read(&env) {
                let said = problems.to_string();
                let repeats = said.contains(CANARY);
                assert!(!repeats, "{}: {said}", variable.name);
            }
        }
    }
}

#[test]
fn model_services_are_named_if_known() {
    let read = |pairs: &[(&'static str, &'static str)], models| {
        let needs = Needs { models, ..Needs::ALL };
        let env = Env::of(pairs.iter().copied());
        Settings::read_for(&env, needs).unwrap().ai.services
    };
    let some = |name: &str| Some(vec![name.to_owned()]);
    let server = ("OPENAI_BASE_URL", "http://u:p@llama.example:8080/v1");
    for models in [true, false] {
        assert_eq!(read(&[server], models), some("llama.example"));
        assert_eq!(read(&[("OPENAI_API_KEY", "k")], models), some("OpenAI API"));
        assert_eq!(read(&[("AI_PROVIDERS", "offline")], models), Some(vec![]));
    }
    assert_eq!(read(&[], true), Some(vec![]));
    // The keys are withheld from a gateway.
    assert_eq!(read(&[], false), None);
    assert_eq!(read(&[("AI_PROVIDERS", "openai")], false), None);
}

#[test]
fn child_processes_get_no_secrets() {
    let mut command = std::process::Command::new("true");
    remove_secrets(command.envs(SECRETS.map(|name| (name, "hunter2"))));
    let left: Vec<_> = command.get_envs().filter(|(_, set)| set.is_some()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn warns_about_public_paid_unlimited_bot() {
    let open = [("TELOXIDE_TOKEN", "1:x"), ("OPENAI_API_KEY", "x")];
    let warned = |more: &[(&'static str, &'static str)]| {
        let env = Env::of(open.iter().chain(more).copied());
        Settings::read(&env).unwrap().warning
    };
    let said = warned(&[]).unwrap();
    assert!(said.contains("AI_BUDGET_PER_DAY") && said.contains("BOT_ALLOWED"));
    for limited in [
        ("BOT_ALLOWED", "7"),
        ("AI_BUDGET_PER_DAY", "0.5"),
        ("AI_PROVIDERS", "offline"),
        ("OPENAI_API_KEY", ""),
        ("TELOXIDE_TOKEN", ""),
    ] {
        assert_eq!(warned(&[limited]), None, "{limited:?}");
    }
}

/// To accept a change: `UPDATE_EXAMPLE=1 cargo test -p runtime env_example`.
#[test]
fn env_example_matches_settings() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.env.example");
    if std::env::var_os("UPDATE_EXAMPLE").is_some() {
        std::fs::write(path, example()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), example());
}
