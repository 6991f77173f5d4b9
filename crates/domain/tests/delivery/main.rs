//! The delivery ledger's rules, row by row, and under any order of sends, answers, deaths, taps and
//! late answers.

#[cfg(test)]
mod any_order;
#[cfg(test)]
mod table;
