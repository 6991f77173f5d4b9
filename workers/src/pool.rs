//! The names of the pools.

use std::{fmt, str::FromStr};

/// A pool: activities (or workflows) that scale, deploy and fail together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pool {
    /// Workflow tasks.
    Workflow,
    /// Model calls.
    Ai,
    /// Drawing.
    Render,
    /// Database and events.
    Persistence,
    /// Sending.
    Delivery,
}

/// At least one pool, none twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pools(Vec<Pool>);

impl Pool {
    /// Every pool.
    pub const ALL: [Self; 5] = [
        Self::Workflow,
        Self::Ai,
        Self::Render,
        Self::Persistence,
        Self::Delivery,
    ];

    /// The name, as it is typed and shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Workflow => "workflow",
            Self::Ai => "ai",
            Self::Render => "render",
            Self::Persistence => "persistence",
            Self::Delivery => "delivery",
        }
    }

    /// The task queue it polls.
    pub const fn queue(self) -> &'static str {
        match self {
            Self::Workflow => workflows::queues::CAROUSEL,
            Self::Ai => workflows::queues::AI,
            Self::Render => workflows::queues::RENDER,
            Self::Persistence => workflows::queues::PERSISTENCE,
            Self::Delivery => workflows::queues::DELIVERY,
        }
    }
}

impl Pools {
    /// All of them.
    pub fn all() -> Self {
        Self(Pool::ALL.to_vec())
    }

    /// The pools, in the order of [`Pool::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = Pool> {
        self.0.iter().copied()
    }

    /// Whether `pool` is among them.
    pub fn contains(&self, pool: Pool) -> bool {
        self.0.contains(&pool)
    }
}

impl FromStr for Pools {
    type Err = String;

    fn from_str(names: &str) -> Result<Self, String> {
        let mut pools = Vec::new();
        for name in names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            let pool = Pool::ALL
                .into_iter()
                .find(|pool| pool.name() == name)
                .ok_or_else(|| {
                    let all = Pool::ALL.map(Pool::name).join(", ");
                    format!("there is no pool “{name}”: choose from {all}")
                })?;
            pools.push(pool);
        }
        pools.sort();
        pools.dedup();
        if pools.is_empty() {
            Err("name at least one pool".to_owned())
        } else {
            Ok(Self(pools))
        }
    }
}

impl fmt::Display for Pools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            &self
                .0
                .iter()
                .map(|pool| pool.name())
                .collect::<Vec<_>>()
                .join(", "),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_are_named_once_each_in_any_order() {
        let pools: Pools = "render, ai,render".parse().unwrap();
        assert_eq!(pools.to_string(), "ai, render");
        let error = "painting".parse::<Pools>().unwrap_err();
        assert!(
            error.contains("workflow, ai, render, persistence, delivery"),
            "{error}"
        );
        assert!(",".parse::<Pools>().is_err());
    }
}
