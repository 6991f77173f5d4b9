//! Runs the function of the fuzz target `reply` on fixed pseudo-random bytes, so that the target
//! keeps working. Longer runs: `fuzz/run.sh reply`.

#[path = "../tests/any_bytes/reply.rs"]
mod any_bytes;

/// Well-formed and malformed model replies.
const SEEDS: [&str; 9] = [
    r#"{"slide_1":{"title":"Тест","subtitle":"b"},"slide_2":{"term":"T","meaning":"m","emoji":"🚀","items":["a","b"]},"caption":{"hook":"h","body":"b"},"hashtags":["x","y"]}"#,
    "Sure!\n```json\n{\"slides\":[{\"title\":\"A\"},{\"steps\":[\"x\",2,null]}],\"hashtags\":\"one\"}\n```\nDone.",
    r#"{"slides":{"slide_1":{"title":"A","before_label":"x","after":{"text":"y"}}}}"#,
    r#"{"slide_999":{"title":[["a"]]},"slide_0":{},"slide_-1":7,"slide_01":"x"}"#,
    r#"{"text":"an answer","covered":true,"notes":"one"}"#,
    r#"{"slide_1":{"title":"A","title":"B"},"caption":null,"hashtags":null}"#,
    r#"{"slide_1":{"title":"cut off"#,
    "I can't help with that.",
    "{{{[[[\"\\u0000\\ud800\"]]]}}} {\"slide_1\":1e999}",
];

/// Deterministic pseudo-random numbers (Marsaglia's xorshift).
struct Xorshift(u64);

impl Xorshift {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::from(u16::from_le_bytes([self.0.to_le_bytes()[2], self.0.to_le_bytes()[3]]))
    }
}

#[test]
fn arbitrary_replies_never_leak_content() {
    let mut chance = Xorshift(0x2026_1124);
    let mut decks = 0;
    for turn in 0..20_000 {
        let mut bytes = SEEDS[turn % SEEDS.len()].as_bytes().to_vec();
        for _ in 0..chance.next() % 6 {
            let at = chance.next() % bytes.len();
            match chance.next() % 4 {
                0 => bytes[at] = b"{}[]\",:\\0nue\xff"[chance.next() % 13],
                1 => bytes.truncate(at + 1),
                2 => bytes.extend_from_within(at..),
                _ => {
                    bytes.remove(at);
                    bytes.push(b'}');
                }
            }
        }
        decks += u32::from(any_bytes::examine(&bytes));
    }
    assert!(decks > 2_000, "only {decks} of 20000 were decks");
    assert!(!any_bytes::examine(&b"[".repeat(100_000)));
    assert!(!any_bytes::examine(&[b'{'; 600_000]));
}
