//! Free ports for servers that tests start in processes of their own.
//!
//! A port that was bound and released can be taken before a server binds it: by a second test, or
//! by an outgoing connection, because port 0 uses the range of outgoing connections. So these ports
//! come from below that range, and a lock file per port reserves it until the test ends.
//!
//! One process never gets the same port twice: a client that an earlier test left behind keeps
//! reconnecting to its old port and would reach the server of a later test.

use std::{
    collections::BTreeSet,
    fs::File,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    net::{Ipv4Addr, TcpListener},
    sync::Mutex,
};

use dev::dev_server::TemporalPorts;

/// Below Linux's range for outgoing connections, which starts at 32,768.
const RANGE: std::ops::Range<u16> = 20_000..32_000;

static USED_PORTS: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// Ports that no other test uses while this lives.
#[derive(Debug)]
pub struct PortReservation {
    ports: Vec<u16>,
    _locks: Vec<File>,
}

impl PortReservation {
    pub fn of(count: usize) -> Self {
        let width = u64::from(RANGE.end - RANGE.start);
        let random = RandomState::new().build_hasher().finish();
        let first = u16::try_from(random % width).expect("it is below a u16");
        Self::from(first, count)
    }

    /// Reserves `count` ports, searching from this offset of the range.
    fn from(first: u16, count: usize) -> Self {
        let folder = std::env::temp_dir().join("bible-vibecoder-ports");
        std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
        let width = RANGE.end - RANGE.start;
        let mut reserved = Self { ports: Vec::new(), _locks: Vec::new() };
        for step in 0..width {
            if reserved.ports.len() == count {
                return reserved;
            }
            let port = RANGE.start + (first + step) % width;
            let mut had = USED_PORTS.lock().expect("nothing panics in here");
            if had.contains(&port) {
                continue;
            }
            let lock = File::create(folder.join(port.to_string())).expect("a lock can be made");
            if lock.try_lock().is_ok() && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
                had.insert(port);
                reserved.ports.push(port);
                reserved._locks.push(lock);
            }
        }
        panic!("no {count} ports are free in {RANGE:?}");
    }

    /// The `n`-th port, from 0.
    pub fn port(&self, n: usize) -> u16 {
        self.ports[n]
    }

    /// The first two ports, for a Temporal server.
    pub fn temporal(&self) -> TemporalPorts {
        TemporalPorts { frontend: self.ports[0], ui: self.ports[1] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn released_port_is_not_reused_in_this_process() {
        let ports = |reserved: &PortReservation| reserved.ports.iter().copied().collect();
        let first = PortReservation::from(7_000, 3);
        let had: BTreeSet<u16> = ports(&first);
        assert_eq!(had.len(), 3);
        drop(first);
        let next: BTreeSet<u16> = ports(&PortReservation::from(7_000, 3));
        assert!(had.is_disjoint(&next), "{had:?} {next:?}");
    }
}
