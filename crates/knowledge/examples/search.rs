//! `cargo run -p knowledge --example search -- "TOPIC" …`: the notes that a topic finds, with
//! scores.
#![expect(clippy::print_stdout, reason = "the example's output is its purpose")]

use domain::Language;
use knowledge::Corpus;

fn main() {
    for query in std::env::args().skip(1) {
        println!("{query}");
        let hits = Corpus::embedded().search(&query, Language::detect(&query), 6);
        for hit in &hits {
            println!("  {:6.2}  {}", hit.score, hit.note.id);
        }
        if hits.is_empty() {
            println!("  our notes don't cover it");
        }
    }
}
