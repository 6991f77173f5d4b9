//! Compares `docker-compose.yml` with the list of settings: each reaches every container, unless it
//! is fixed there on purpose; and containers have no unnecessary rights.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use std::collections::BTreeSet;

use runtime::settings::VARIABLES;

/// Settings that are the same for every `.env`.
const FIXED: [&str; 8] = [
    "TEMPORAL_ADDRESS",
    "TEMPORAL_UI_URL",
    "DATABASE_URL",
    "DATA_DIR",
    "OUTPUT_DIR",
    "HTTP_ADDRESS",
    "PUBLIC_ADDRESS",
    "LOG_FORMAT",
];

/// Settings that some pools do not get.
const WITHHELD: [&str; 9] = [
    "TELOXIDE_TOKEN",
    "TELEGRAM_WEBHOOK_URL",
    "TELEGRAM_WEBHOOK_SECRET",
    "AI_PROVIDERS",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "DATABASE_URL",
];

fn compose() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docker-compose.yml");
    std::fs::read_to_string(path).unwrap()
}

/// A block of the file: the line that starts with `head`, and the more indented lines below it.
fn block<'a>(text: &'a str, head: &str) -> Vec<&'a str> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with(head));
    let first = lines.next().unwrap_or_else(|| panic!("there is no {head}"));
    let depth = |line: &str| line.len() - line.trim_start().len();
    let below = lines.take_while(|line| line.trim().is_empty() || depth(line) > depth(first));
    std::iter::once(first).chain(below).collect()
}

/// The lines of the form `NAME: value` with the name of a setting.
fn settings<'a>(lines: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let pair = |line: &&'a str| {
        let (name, value) = line.trim().split_once(':')?;
        VARIABLES.iter().any(|v| v.name == name).then_some((name, value.trim()))
    };
    lines.iter().filter_map(pair).collect()
}

#[test]
fn every_setting_reaches_the_containers() {
    let text = compose();
    let app = block(&text, "x-app: ").join("\n");
    let file = "  env_file:\n    - path: .env\n      required: false\n";
    assert!(app.contains(file), "{app}");
    for service in ["gateway", "workflow", "ai", "render", "persistence", "delivery"] {
        let service = block(&text, &format!("  {service}:"));
        assert!(service.contains(&"    <<: *app"), "{service:?}");
        assert!(!service.iter().any(|line| line.trim() == "env_file:"), "{service:?}");
    }
    assert!(!text.contains("${"), "what compose fills in would overrule .env with nothing");
}

#[test]
fn only_fixed_or_withheld_settings_override_env() {
    let text = compose();
    let lines: Vec<&str> = text.lines().collect();
    let app: BTreeSet<&str> = settings(&block(&text, "x-app: ")).iter().map(|s| s.0).collect();
    assert_eq!(app, FIXED.into_iter().collect());
    for (name, value) in settings(&lines) {
        let withheld = value == "\"\"" && WITHHELD.contains(&name);
        assert!(withheld || FIXED.contains(&name), "{name}: {value}");
    }
}

#[test]
fn pools_get_no_unused_secrets() {
    let text = compose();
    let merged = |service: &str, anchor: &str| {
        let lines = block(&text, &format!("  {service}:"));
        lines.iter().any(|line| line.contains("<<: [") && line.contains(anchor))
    };
    let empty = |service: &str, setting: &str| {
        let line = format!("      {setting}: \"\"");
        block(&text, &format!("  {service}:")).contains(&line.as_str())
    };
    for service in ["workflow", "ai", "render", "persistence"] {
        assert!(merged(service, "*no-bot"), "{service}");
    }
    for service in ["gateway", "workflow", "render", "delivery"] {
        assert!(merged(service, "*no-models"), "{service}");
    }
    for service in ["workflow", "ai", "render"] {
        assert!(empty(service, "DATABASE_URL"), "{service}");
    }
    for (anchor, names) in [
        ("x-no-bot", &["TELOXIDE_TOKEN", "TELEGRAM_WEBHOOK_SECRET"][..]),
        ("x-no-models", &["OPENAI_API_KEY", "ANTHROPIC_API_KEY"]),
    ] {
        let emptied = settings(&block(&text, anchor));
        for name in names {
            assert!(emptied.contains(&(name, "\"\"")), "{anchor}: {name}");
        }
    }
}

#[test]
fn containers_have_minimal_rights() {
    let text = compose();
    let app = block(&text, "x-app: ");
    for line in
        ["  read_only: true", "  cap_drop: [ALL]", "  security_opt: [\"no-new-privileges:true\"]"]
    {
        assert!(app.contains(&line), "{line}");
    }
    for limit in ["  mem_limit: ", "  pids_limit: "] {
        assert!(app.iter().any(|line| line.starts_with(limit)), "{limit}");
    }
    for service in ["temporal", "temporal-ui"] {
        let service = block(&text, &format!("  {service}:")).join("\n");
        for right in ["cap_drop: [ALL]", "no-new-privileges:true", "mem_limit: ", "pids_limit: "] {
            assert!(service.contains(right), "{right}: {service}");
        }
    }
    for port in text.lines().filter(|line| line.trim().starts_with("- \"") && line.contains(":9")) {
        assert!(port.contains("127.0.0.1:"), "{port}");
    }
    assert!(!text.contains(":9464:9464"), "the operator's port is not published");
}
