//! Finds addresses in a model's text: Telegram makes links of bare domains, of t.me and of
//! mentions. Addresses that occur in the model's input are allowed.

use std::net::Ipv4Addr;

/// Does not repeat the address: users see this text in chats, which would make a link of it.
pub(super) const FOREIGN_ADDRESS: &str =
    "it names an address or an account that is not in the material";

/// File extensions that are top-level domains too, of which few addresses are made (“README.md”).
const FILES: [&str; 5] = ["js", "md", "py", "rs", "sh"];

/// File extensions that are top-level domains of many addresses: allowed for usual file names.
const RARE_FILES: [&str; 6] = ["cc", "mk", "ml", "pl", "ps", "so"];

/// The usual names of such files, besides those that begin with `lib`.
const STEMS: &str = "app build client config index lexer lib main makefile mod parser rules \
    script server setup test types utils";

/// Products whose names are domains. [`unlinked`] handles them like files.
const PRODUCTS: &str = "ado.net asp.net crates.io draw.io engine.io itch.io ktor.io ml.net \
    paint.net socket.io vb.net";

/// Annotations, decorators and at-rules of programming languages and frameworks, in lower case.
/// Every other `@name` counts as an account, unless an argument follows: `@GetMapping("/")`.
const ANNOTATIONS: &str = "after apply async autoclosure autowired available bean before \
    bindable binding charset classmethod column component composable configuration container \
    controller data dataclass deprecated discardableresult entity environment escaping fixture \
    font functionalinterface getter import include inject injectable input jvmstatic keyframes \
    layer main mainactor media mixin module namespace nonnull nullable observable output \
    overload override page param property published repository return returns safevarargs \
    service setter state staticmethod supports suppresswarnings";

/// Breaks a link that Telegram would make, invisibly.
const JOINER: char = '\u{2060}';

/// Common top-level domains, besides country codes, which have two letters.
const TOP_LEVEL_DOMAINS: &str = "academy agency app art asia bank best biz blog bot center chat \
    click cloud club com company design dev digital download edu email events example expert \
    finance fun games gift gov group guru host icu info int land life link live lol marketing \
    media mil mobi money name net network news online org page pro shop site social space store \
    studio support team tech tools top video vip website win world xyz zip zone рф рус онлайн \
    сайт";

/// Characters between words and addresses.
const AROUND: [char; 19] = [
    '(', ')', '{', '}', '<', '>', '«', '»', '“', '”', '„', '"', '\'', '’', '`', ',', ';', '!', '*',
];

/// The first address in `text` that does not occur in `given`.
pub(super) fn first_foreign<'t>(text: &'t str, given: &str) -> Option<&'t str> {
    let given = plain(given);
    words(text).find(|found| {
        let word = plain(found);
        let is_given = |one: &str| one == word || host(one) == word;
        let has_argument = || text.contains(&format!("{found}("));
        let is_annotation = word.starts_with('@') && (is_annotation(&word) || has_argument());
        is_address(&word) && !is_annotation && !words(&given).any(is_given)
    })
}

/// Whether a word that begins with `@` is an annotation, or a package: `@types/node`.
fn is_annotation(word: &str) -> bool {
    let name = &word[1..];
    let end = name.find(['.', '/', '-']).unwrap_or(name.len());
    let rest = &name[end..];
    let has_part = rest.chars().nth(1).is_some_and(char::is_alphanumeric);
    // “@evil.com” is an address.
    let is_host = rest.starts_with('.') && is_host(name, false);
    listed(ANNOTATIONS, &name[..end]) || (has_part && !is_host)
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

/// The text without links that Telegram would make of files, products and annotations: an invisible
/// joiner goes before the dot of “main.rs” and after the `@` of “@Override”. No mention notifies an
/// account, also if its name is in the source.
pub(super) fn unlinked(text: &str) -> String {
    text.split_inclusive(char::is_whitespace).map(unlinked_word).collect()
}

fn unlinked_word(word: &str) -> String {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    let is_file = bare.contains('.') && is_file(&plain(bare));
    let mut out = String::with_capacity(word.len());
    let mut before = ' ';
    for c in word.chars() {
        if before == '@' && c.is_alphanumeric() && !out.ends_with(JOINER) {
            out.push(JOINER);
        }
        if c == '.' && is_file && before.is_alphanumeric() {
            out.push(JOINER);
        }
        out.push(c);
        before = c;
    }
    out
}

/// Whether a word with a dot is the name of a file or a product.
fn is_file(word: &str) -> bool {
    let (stem, ending) = word.rsplit_once('.').unwrap_or((word, ""));
    let is_usual = || stem.starts_with("lib") || listed(STEMS, stem);
    FILES.contains(&ending)
        || listed(PRODUCTS, word)
        || (RARE_FILES.contains(&ending) && is_usual())
}

/// Whether a list of words contains `word`.
fn listed(words: &str, word: &str) -> bool {
    words.split(' ').any(|listed| listed == word)
}

/// Lower case, with obfuscated dots and schemes restored.
fn plain(text: &str) -> String {
    text.to_lowercase()
        .replace(['\u{200b}', '\u{200c}', '\u{200d}', JOINER, '\u{feff}'], "")
        .replace(['。', '．', '｡', '\u{2024}'], ".")
        .replace("[.]", ".")
        .replace("[:]", ":")
        .replace("hxxp", "http")
}

fn is_address(word: &str) -> bool {
    if ["http:", "https:", "ftp:", "tg:", "mailto:"].iter().any(|s| word.starts_with(s)) {
        return true;
    }
    if let Some(at) = word.find('@') {
        let name = word[at + 1..].chars();
        return name.take_while(|c| c.is_alphanumeric() || *c == '_').count() >= 4;
    }
    let end = word.find(['/', ':', '?', '#']).unwrap_or(word.len());
    let (host, rest) = word.split_at(end);
    let has_path = rest.chars().nth(1).is_some_and(char::is_alphanumeric);
    is_host(host.trim_start_matches(['[', '#', '-', '~', '.']), has_path)
}

fn is_host(host: &str, has_path: bool) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let is_label = |label: &&str| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
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
    if !is_country && !listed(TOP_LEVEL_DOMAINS, last) {
        return false;
    }
    let is_file = labels.len() == 2 && is_file(host);
    // `js` is no country code.
    let is_no_ending = last == "js";
    !is_no_ending && (!is_file || has_path)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_recognized() {
        let addresss = "evil.example/login t.me/scam @victim https://evil.com hxxp://evil.com \
            evil[.]example evil.com EVIL.COM. (evil.ru) «evil.рф» зло.рф пример.сайт \
            xn--e1afmkfd.xn--p1ai tg://resolve?domain=x telegram.me/scam evil.io/login \
            login.evil.io 10.0.0.1 192.168.0.1/admin mail@evil.com evil。com evil.co.uk \
            evil.com:8080 evil.com?x=1 t.me bit.ly/2x evil.io evil.ai evil.app evil.net evil.cc \
            evil.ml evil.rs/login @evil.com @evil_support ev\u{200b}il.com";
        for address in addresss.split(' ') {
            let text = format!("Read {address} now");
            assert!(first_foreign(&text, "Why tests matter").is_some(), "{address}");
            assert_eq!(first_foreign(&text, &format!("see {address}")), None, "{address}");
        }
    }

    #[test]
    fn words_with_dots_are_not_addresses() {
        let words = "Node.js Vue.js e.g. i.e. main.rs README.md setup.py v1.2 3.5 1.2.3 т.д. \
            ASP.NET install.sh end. wait… socket.io a/b CI/CD 10:30 user@ C++ #hashtag \
            package.json Cargo.toml index.html app.config 1.0.0-rc.1 U.S. и/или @ts @Override \
            @dataclass @media @GetMapping(\"/\") @types/node @app.route libfoo.so main.cc";
        for word in words.split(' ').chain(["и т.п."]) {
            let text = format!("It is {word} here");
            assert_eq!(first_foreign(&text, ""), None, "{word}");
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
            assert_eq!(first_foreign(text, given), found, "{text}");
        }
    }

    #[test]
    fn unlinked_breaks_files_and_mentions() {
        let shown = |text: &str| unlinked(text).replace(JOINER, "|");
        for (text, links) in [
            ("Open main.rs, then README.md!", "Open main|.rs, then README|.md!"),
            ("Node.js and v1.2. Done.", "Node|.js and v1.2. Done."),
            ("ASP.NET, socket.io", "ASP|.NET, socket|.io"),
            ("Put @Override (@media)", "Put @|Override (@|media)"),
            ("See example.com", "See example.com"),
            ("No dots\nat all", "No dots\nat all"),
        ] {
            assert_eq!(shown(text), links);
            assert_eq!(unlinked(&unlinked(text)), unlinked(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn unlinked_changes_nothing_visible(text in "[a-zA-Zа-я@./ ]{0,60}") {
            prop_assert_eq!(unlinked(&text).replace(JOINER, ""), text);
        }

        #[test]
        fn unlinked_leaves_no_mention(name in "[a-z][a-z0-9_]{3,20}", before in "[ (a-z]{0,3}") {
            let text = unlinked(&format!("{before}@{name}"));
            let mention = format!("@{name}");
            prop_assert!(!text.contains(&mention));
        }

        #[test]
        fn short_domains_are_addresses(name in "[a-z]{3,12}", end in "io|ai|app|com|net|ru|me") {
            let word = format!("{name}.{end}");
            prop_assume!(!listed(PRODUCTS, &word));
            prop_assert_eq!(first_foreign(&word, ""), Some(word.as_str()));
        }
    }
}
