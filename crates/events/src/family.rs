//! The six event families: one file each, with the fields of every event.

pub mod ai;
pub mod analytics;
pub mod carousel;
pub mod gateway;
pub mod orchestrator;
pub mod persistence;
