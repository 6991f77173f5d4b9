//! Finds addresses in a model's text: Telegram makes links of bare domains, of t.me and of
//! mentions. Addresses that occur in the model's input are allowed.

use std::net::Ipv4Addr;

/// Does not repeat the address: users see this text in chats, which would make a link of it.
pub(super) const FAULT: &str = "it names an address or an account that is not in the material";

/// File extensions and product names that are top-level domains too (“main.rs”, “ASP.NET”,
/// “README.md”). Such a word with two parts is allowed; [`unlinked`] changes its dot so that
/// Telegram makes no link.
const FILES: [&str; 16] = [
    "ai", "app", "cc", "io", "it", "js", "md", "mk", "ml", "net", "pl", "ps", "py", "rs", "sh",
    "so",
];

/// Common top-level domains, besides country codes, which have two letters.
const ENDINGS: [&str; 78] = [
    "academy",
    "agency",
    "app",
    "art",
    "asia",
    "bank",
    "best",
    "biz",
    "blog",
    "bot",
    "center",
    "chat",
    "click",
    "cloud",
    "club",
    "com",
    "company",
    "design",
    "dev",
    "digital",
    "download",
    "edu",
    "email",
    "events",
    "example",
    "expert",
    "finance",
    "fun",
    "games",
    "gift",
    "gov",
    "group",
    "guru",
    "host",
    "icu",
    "info",
    "int",
    "land",
    "life",
    "link",
    "live",
    "lol",
    "marketing",
    "media",
    "mil",
    "mobi",
    "money",
    "name",
    "net",
    "network",
    "news",
    "online",
    "org",
    "page",
    "pro",
    "shop",
    "site",
    "social",
    "space",
    "store",
    "studio",
    "support",
    "team",
    "tech",
    "tools",
    "top",
    "video",
    "vip",
    "website",
    "win",
    "world",
    "xyz",
    "zip",
    "zone",
    "рф",
    "рус",
    "онлайн",
    "сайт",
];

/// Characters between words and addresses.
const AROUND: [char; 19] = [
    '(', ')', '{', '}', '<', '>', '«', '»', '“', '”', '„', '"', '\'', '’', '`', ',', ';', '!', '*',
];

/// The first address in `text` that does not occur in `given`.
pub(super) fn foreign<'t>(text: &'t str, given: &str) -> Option<&'t str> {
    let given = plain(given);
    words(text).find(|word| {
        let word = plain(word);
        let is_given = |one: &str| one == word || host(one) == word;
        is_address(&word) && !words(&given).any(is_given)
    })
}

/// The words of a text without surrounding punctuation.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_between = |c: char| c.is_whitespace() || AROUND.contains(&c) || "…—–|".contains(c);
    let words = text.split(is_between);
    words.map(|word| word.trim_end_matches(['.', ':', '?', ']', '/']))
}

/// The host of an address with or without a scheme.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let end = rest.find(['/', ':', '?', '#']).unwrap_or(rest.len());
    rest[..end].trim_start_matches("www.")
}

/// Replaces the dot of words like “main.rs” by a look-alike, so that Telegram makes no link.
pub(super) fn unlinked(text: &str) -> String {
    let part = |word: &str| -> String {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let lower = plain(bare);
        let ends = lower.rsplit('.').next().unwrap_or_default();
        if lower.contains('.') && FILES.contains(&ends) {
            word.replacen(bare, &bare.replace('.', "\u{2024}"), 1)
        } else {
            word.to_owned()
        }
    };
    text.split_inclusive(char::is_whitespace)
        .map(part)
        .collect()
}

/// Lower case, with obfuscated dots and schemes restored.
fn plain(text: &str) -> String {
    text.to_lowercase()
        .replace(['。', '．', '｡', '\u{2024}'], ".")
        .replace("[.]", ".")
        .replace("[:]", ":")
        .replace("hxxp", "http")
}

fn is_address(word: &str) -> bool {
    if ["http:", "https:", "ftp:", "tg:", "mailto:"]
        .iter()
        .any(|s| word.starts_with(s))
    {
        return true;
    }
    if let Some(at) = word.find('@') {
        let name = word[at + 1..].chars();
        return name
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .count()
            >= 4;
    }
    let end = word.find(['/', ':', '?', '#']).unwrap_or(word.len());
    let (host, rest) = word.split_at(end);
    let has_path = rest.chars().nth(1).is_some_and(char::is_alphanumeric);
    is_host(host.trim_start_matches(['[', '#', '-', '~', '.']), has_path)
}

fn is_host(host: &str, has_path: bool) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let is_label = |label: &&str| {
        !label.is_empty()
            && label
                .chars()
                .all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    if labels.len() < 2 || !labels.iter().all(is_label) {
        return false;
    }
    if host.parse::<Ipv4Addr>().is_ok() {
        return true;
    }
    let last = labels[labels.len() - 1];
    if last.starts_with("xn--") {
        return true;
    }
    // “e.g”, “v1.2”, “т.д”: no top-level domain has one letter or contains a digit.
    let is_country = last.len() == 2 && last.bytes().all(|b| b.is_ascii_lowercase());
    if !is_country && !ENDINGS.contains(&last) {
        return false;
    }
    let is_file = labels.len() == 2 && FILES.contains(&last);
    // `js` is no country code.
    let is_no_ending = last == "js";
    !is_no_ending && (!is_file || has_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_recognized() {
        for address in [
            "evil.example/login",
            "t.me/scam",
            "@victim",
            "https://evil.com",
            "hxxp://evil.com",
            "evil[.]example",
            "evil.com",
            "EVIL.COM.",
            "(evil.ru)",
            "«evil.рф»",
            "зло.рф",
            "пример.сайт",
            "xn--e1afmkfd.xn--p1ai",
            "tg://resolve?domain=x",
            "telegram.me/scam",
            "evil.io/login",
            "login.evil.io",
            "10.0.0.1",
            "192.168.0.1/admin",
            "mail@evil.com",
            "evil。com",
            "evil.co.uk",
            "evil.com:8080",
            "evil.com?x=1",
            "t.me",
            "bit.ly/2x",
        ] {
            let text = format!("Read {address} now");
            assert!(foreign(&text, "Why tests matter").is_some(), "{address}");
            assert_eq!(foreign(&text, &format!("see {address}")), None, "{address}");
        }
    }

    #[test]
    fn words_with_dots_are_not_addresses() {
        for word in [
            "Node.js",
            "Vue.js",
            "e.g.",
            "i.e.",
            "main.rs",
            "README.md",
            "setup.py",
            "v1.2",
            "3.5",
            "1.2.3",
            "т.д.",
            "и т.п.",
            "ASP.NET",
            "install.sh",
            "end.",
            "wait…",
            "socket.io",
            "a/b",
            "CI/CD",
            "10:30",
            "user@",
            "C++",
            "#hashtag",
            "package.json",
            "Cargo.toml",
            "index.html",
            "app.config",
            "1.0.0-rc.1",
            "U.S.",
            "и/или",
            "@ts",
        ] {
            let text = format!("It is {word} here");
            assert_eq!(foreign(&text, ""), None, "{word}");
        }
    }

    #[test]
    fn given_addresses_allow_only_their_host() {
        let given = "About https://www.example.com/post and notevil.com";
        for (text, found) in [
            ("See example.com", None),
            ("See https://www.example.com/post.", None),
            ("See example.com/login", Some("example.com/login")),
            ("See evil.com", Some("evil.com")),
        ] {
            assert_eq!(foreign(text, given), found, "{text}");
        }
    }

    #[test]
    fn file_names_are_unlinked() {
        assert_eq!(
            unlinked("Open main.rs, then evil.io!"),
            "Open main․rs, then evil․io!"
        );
        assert_eq!(
            unlinked("Node.js and v1.2. Done."),
            "Node․js and v1.2. Done."
        );
        assert_eq!(unlinked("No dots\nat all"), "No dots\nat all");
    }
}
