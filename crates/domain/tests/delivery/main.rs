//! Tests of the delivery ledger: the transition table row by row, and a property test in random
//! order.

#[cfg(test)]
mod random_order;
#[cfg(test)]
mod transition_table;
