//! Tests of the test support: the fake Bot API, the chaos proxy, the cluster and the auditor.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod audit_fixtures;
mod audit_real_app;
mod audit_rules;
mod bot;
mod chaos;
mod cluster;
mod telegram_faults;
mod telegram_people;
mod telegram_rules;
mod telegram_updates;
