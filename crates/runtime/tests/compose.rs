//! Compares `docker-compose.yml` with the list of settings: each reaches every container, unless it
//! is fixed there on purpose; and containers have no unnecessary rights.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use std::collections::BTreeSet;

use runtime::settings::VARIABLES;

/// Settings that are the same for every `.env`.
const FIXED: [&str; 10] = [
    "TEMPORAL_ADDRESS",
    "TEMPORAL_UI_URL",
    "SECRETS_DIR",
    "DATABASE_URL",
    "BLOBS_URL",
    "DATA_DIR",
    "OUTPUT_DIR",
    "HTTP_ADDRESS",
    "PUBLIC_ADDRESS",
    "LOG_FORMAT",
];

/// Settings that some pools do not get.
const WITHHELD: [&str; 8] = [
    "TELOXIDE_TOKEN",
    "TELEGRAM_WEBHOOK_URL",
    "TELEGRAM_WEBHOOK_SECRET",
    "AI_PROVIDERS",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
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

/// The items of a list below a service, on one line or on several.
fn list(service: &[&str], head: &str) -> BTreeSet<String> {
    let at = service.iter().position(|line| line.trim_start().starts_with(head));
    let Some(at) = at else { return BTreeSet::new() };
    let own = service[at].trim_start().trim_start_matches(head);
    let below = service[at + 1..].iter().take_while(|line| line.trim_start().starts_with("- "));
    let below = below.map(|line| line.trim_start_matches([' ', '-']));
    let own = own.trim_matches([' ', '[', ']']).split(", ").filter(|item| !item.is_empty());
    own.chain(below).map(str::to_owned).collect()
}

/// The service, with what it takes over from the gateway's block.
fn service<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let own = block(text, &format!("  {name}:"));
    if own.contains(&"    <<: *gateway") { block(text, "x-gateway: ") } else { own }
}

const ROLES: [&str; 7] =
    ["gateway", "gateway-2", "workflow", "ai", "render", "persistence", "delivery"];

#[test]
fn every_setting_reaches_the_containers() {
    let text = compose();
    let app = block(&text, "x-app: ").join("\n");
    assert!(app.contains("\n  env_file: .env\n"), "{app}");
    for role in ROLES {
        let service = service(&text, role);
        assert!(service.iter().any(|line| line.trim() == "<<: *app"), "{service:?}");
        assert!(!service.iter().any(|line| line.trim() == "env_file:"), "{service:?}");
    }
    for line in text.lines().filter(|line| line.contains("${")) {
        let image = line.trim().starts_with("image: ${") && line.contains("_IMAGE:-");
        assert!(image, "what compose fills in would overrule .env with nothing: {line}");
    }
}

#[test]
fn only_fixed_or_withheld_settings_override_env() {
    let text = compose();
    let lines: Vec<&str> = text.lines().collect();
    let app: BTreeSet<&str> = settings(&block(&text, "x-app: ")).iter().map(|s| s.0).collect();
    assert_eq!(app, FIXED.into_iter().collect());
    let own: Vec<&str> = lines.into_iter().take_while(|line| *line != "secrets:").collect();
    for (name, value) in settings(&own) {
        let withheld = value == "\"\"" && WITHHELD.contains(&name);
        assert!(withheld || FIXED.contains(&name), "{name}: {value}");
    }
}

#[test]
fn roles_get_only_the_secrets_they_use() {
    const BLOBS: &[&str] = &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    const DATABASE: &[&str] = &["DATABASE_URL"];
    const MODELS: &[&str] = &["OPENAI_API_KEY", "ANTHROPIC_API_KEY"];
    const BOT: &[&str] = &["TELOXIDE_TOKEN"];
    const BUS: &[&str] = &["REDIS_URL"];
    const BORDER: &[&str] = &["TELEGRAM_WEBHOOK_SECRET", "ALERTMANAGER_TOKEN"];
    let text = compose();
    for (role, groups) in [
        ("gateway", &[DATABASE, BUS, BLOBS, BOT, BORDER][..]),
        ("gateway-2", &[DATABASE, BUS, BLOBS, BOT, BORDER]),
        ("workflow", &[]),
        ("ai", &[BLOBS, MODELS]),
        ("render", &[BLOBS]),
        // It chooses the providers, so it must know whose keys are set.
        ("persistence", &[DATABASE, BUS, BLOBS, MODELS]),
        ("delivery", &[DATABASE, BLOBS, BOT]),
    ] {
        let expected = groups.iter().copied().flatten().map(|name| (*name).to_owned()).collect();
        assert_eq!(list(&service(&text, role), "secrets:"), expected, "{role}");
    }
    // The values in .env are withheld, too.
    let merged = |role: &str, anchor: &str| {
        let service = service(&text, role);
        service.iter().any(|line| line.contains("<<: [") && line.contains(anchor))
    };
    for role in ["workflow", "ai", "render", "persistence"] {
        assert!(merged(role, "*no-bot"), "{role}");
    }
    for role in ["gateway", "workflow", "render", "delivery"] {
        assert!(merged(role, "*no-models"), "{role}");
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
fn roles_reach_only_the_networks_they_use() {
    let text = compose();
    for (role, expected) in [
        ("workflow", &["temporal", "metrics"][..]),
        ("ai", &["temporal", "metrics", "blobs", "internet"]),
        ("render", &["temporal", "metrics", "blobs"]),
        ("persistence", &["temporal", "metrics", "blobs", "database", "bus"]),
        ("delivery", &["temporal", "metrics", "blobs", "database", "internet"]),
    ] {
        let expected = expected.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(list(&service(&text, role), "networks:"), expected, "{role}");
    }
    let networks = block(&text, "networks:");
    for name in ["temporal", "metrics", "blobs", "database", "bus", "edge", "monitoring"] {
        let at = networks.iter().position(|line| *line == format!("  {name}:")).unwrap();
        assert_eq!(networks[at + 1], "    internal: true", "{name}");
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
    for head in ["x-tool: ", "x-postgres: ", "  temporal:"] {
        let service = block(&text, head).join("\n");
        for right in ["cap_drop: [ALL]", "no-new-privileges:true", "mem_limit: ", "pids_limit: "] {
            assert!(service.contains(right), "{right}: {service}");
        }
    }
    let is_port = |line: &&str| line.trim().starts_with("- \"") && line.contains(':');
    for port in text.lines().filter(is_port) {
        assert!(port.contains("127.0.0.1:") || port.trim() == "- \"443:8443\"", "{port}");
    }
    assert!(!text.contains(":9464:9464"), "the operator's port is not published");
}
