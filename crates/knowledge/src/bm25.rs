//! [`Bm25`]: ranks documents by the words that they share with a query (Okapi BM25).

use std::collections::HashMap;

/// How fast the repetition of a word stops to count: the usual value.
const K1: f32 = 1.2;

/// How much a document's length counts, from 0 (not) to 1 (fully): the usual value.
const B: f32 = 0.75;

/// Documents as bags of words.
#[derive(Debug)]
pub(crate) struct Bm25 {
    documents: Vec<IndexedText>,
    /// The number of documents with a word.
    documents_with: HashMap<String, f32>,
    average_length: f32,
}

#[derive(Debug)]
struct IndexedText {
    counts: HashMap<String, f32>,
    length: f32,
}

impl Bm25 {
    pub(crate) fn new(documents: impl Iterator<Item = Vec<String>>) -> Self {
        let documents: Vec<IndexedText> = documents.map(IndexedText::new).collect();
        let mut documents_with: HashMap<String, f32> = HashMap::new();
        for word in documents.iter().flat_map(|document| document.counts.keys()) {
            *documents_with.entry(word.clone()).or_default() += 1.0;
        }
        let length: f32 = documents.iter().map(|document| document.length).sum();
        Self { average_length: length / documents.len().max(1) as f32, documents, documents_with }
    }

    /// The relevance of document `at`: 0 if it has no word of `query`. A word that the query
    /// repeats counts again.
    pub(crate) fn score(&self, at: usize, query: &[String]) -> f32 {
        let document = &self.documents[at];
        let relative_length = document.length / self.average_length;
        let scores = query.iter().filter_map(|word| {
            let count = document.counts.get(word)?;
            let saturation = count + K1 * (1.0 - B + B * relative_length);
            Some(self.weight(word) * count * (K1 + 1.0) / saturation)
        });
        scores.sum()
    }

    /// The weight of a word: rare words count more (inverse document frequency).
    pub(crate) fn weight(&self, word: &str) -> f32 {
        let with = self.documents_with.get(word).copied().unwrap_or_default();
        let without = self.documents.len() as f32 - with;
        ((without + 0.5) / (with + 0.5)).ln_1p()
    }

    pub(crate) fn contains(&self, at: usize, word: &str) -> bool {
        self.documents[at].counts.contains_key(word)
    }
}

impl IndexedText {
    fn new(words: Vec<String>) -> Self {
        let length = words.len() as f32;
        let mut counts = HashMap::new();
        for word in words {
            *counts.entry(word).or_default() += 1.0;
        }
        Self { counts, length }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn score_is_the_sum_of_the_published_formula() {
        let documents = ["tests find bugs", "tests tests", "reviews find bugs early"];
        let index = Bm25::new(documents.iter().map(|text| words(text)));
        // "tests" is in 2 of 3 documents: idf = ln(1 + 1.5 / 2.5); the average length is 3.
        let idf = 1.6_f32.ln();
        let expected = idf * 2.0 * 2.2 / (2.0 + 1.2 * (0.25 + 0.75 * 2.0 / 3.0));
        assert!((index.score(1, &words("tests")) - expected).abs() < 1e-6);
        assert!((index.score(0, &words("tests")) - idf).abs() < 1e-6);
        assert_eq!(index.score(2, &words("tests")), 0.0);
    }

    #[test]
    fn rare_words_weigh_more_than_common_ones() {
        let documents = ["tests find bugs", "tests tests", "reviews find bugs early"];
        let index = Bm25::new(documents.iter().map(|text| words(text)));
        assert!(index.weight("unknown") > index.weight("early"));
        assert!(index.weight("early") > index.weight("tests"));
        assert!(index.contains(2, "early") && !index.contains(1, "early"));
    }
}
