//! Runs the function of the fuzz target `layout` on pseudo-random bytes that are the same in every
//! run, so that the target keeps compiling and passing. For longer runs: `fuzz/run.sh layout`.

#[path = "any_bytes/layout.rs"]
mod layout;

/// Texts that caused bugs, here or in other projects.
const SEEDS: [&str; 14] = [
    "а",
    "Почему *тесты* важны\nИ как начать писать их **сегодня**\nПервое\nВторое\nТретье",
    "א ```\nשלום עולם, this is mixed, и это тоже\nالعربية\n123 ₽",
    "👩🏽\u{200d}💻👩🏽\u{200d}💻 🇷🇺🇷🇺 1\u{fe0f}\u{20e3}❤\u{fe0f}\u{200d}🔥\n☀\u{fe0f}\u{fe0f}\u{fe0f}\u{200d}\u{200d}",
    "https://example.com/a/very/long/path?with=a&query=that&goes=on_and_on_and_on_and_on\nx",
    "сверхдлинноесловокотороенекончаетсяикоторыйнельзяперенестипоправилам\nи ещё",
    "a\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}\u{30a}\u{30b}z\n\u{202e}back\u{202c}",
    "**\n* *\n`` ` ``\n***a***\n**b*c**d*",
    "fn main() { println!(\"hi\"); }\nwhy\n\tlet x = 'a';\n// a comment\n    let s = \"unclosed;\n/* also",
    "До\nЭто\nБыло\nПосле\nСтало",
    "42 %\nиз 100\nИсточник",
    "\u{feff}\u{200b}\u{2060}a\u{ad}b\u{a0}c\n\u{0}\u{7f}",
    "क्षि\n漢字かな交じり文",
    "Q\nj\nЩ\nЙ\nÅ\ny",
];

/// Deterministic pseudo-random numbers (Marsaglia's xorshift).
struct ByteGenerator(u64);

impl ByteGenerator {
    fn byte(&mut self) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.to_le_bytes()[3]
    }
}

#[test]
fn any_bytes_pass_the_gate_or_overflow() {
    let mut chance = ByteGenerator(0x2026_1124);
    let mut drawn = 0;
    for turn in (0..100_u8).cycle().take(700) {
        let mut bytes: Vec<u8> = (0..7).map(|_| chance.byte()).collect();
        bytes[0] = turn % 10;
        bytes.extend(SEEDS[usize::from(turn) % SEEDS.len()].as_bytes());
        // Half of them with damage.
        for _ in 0..(chance.byte() % 8).saturating_sub(3) {
            let at = 7 + usize::from(chance.byte()) % (bytes.len() - 7);
            match chance.byte() % 3 {
                0 => bytes[at] = chance.byte(),
                1 => bytes.insert(at, b'\n'),
                _ => bytes.extend_from_within(at..),
            }
        }
        drawn += u32::from(layout::lay_out_bytes(&bytes));
    }
    assert!(drawn > 150, "only {drawn} of 700 could be drawn");
    assert!(!layout::lay_out_bytes(b"short"));
}
