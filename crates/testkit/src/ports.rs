//! Free ports for servers that tests start in processes of their own.
//!
//! A port that was bound and let go again can be anybody's by the time a server asks for it: of a
//! second test, or of an outgoing connection, because port 0 gives one from the range that those
//! use. So ports come from below that range, and each is locked by its number until the test ends.
//!
//! No port is given out twice in one process: a client that a test has left behind goes on looking for
//! its server where it was, and would be taken for one of the next test's.

use std::{
    collections::BTreeSet,
    fs::File,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    net::{Ipv4Addr, TcpListener},
    sync::Mutex,
};

use dev::server::Ports;

/// Below Linux's range for outgoing connections, which begins at 32,768.
const RANGE: std::ops::Range<u16> = 20_000..32_000;

/// What this process has had.
static HAD: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// Ports that no other test has, for as long as this lives.
#[derive(Debug)]
pub struct Reservation {
    ports: Vec<u16>,
    _locks: Vec<File>,
}

impl Reservation {
    /// Reserves `count` ports.
    pub fn of(count: usize) -> Self {
        let width = u64::from(RANGE.end - RANGE.start);
        let random = RandomState::new().build_hasher().finish();
        let first = u16::try_from(random % width).expect("it is below a u16");
        Self::from(first, count)
    }

    /// Reserves them from this one of the range on.
    fn from(first: u16, count: usize) -> Self {
        let folder = std::env::temp_dir().join("bible-vibecoder-ports");
        std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
        let width = RANGE.end - RANGE.start;
        let mut reserved = Self {
            ports: Vec::new(),
            _locks: Vec::new(),
        };
        for step in 0..width {
            if reserved.ports.len() == count {
                return reserved;
            }
            let port = RANGE.start + (first + step) % width;
            let mut had = HAD.lock().expect("nothing panics in here");
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

    /// The `n`-th of them.
    pub fn port(&self, n: usize) -> u16 {
        self.ports[n]
    }

    /// The first two, for a Temporal server.
    pub fn temporal(&self) -> Ports {
        Ports {
            frontend: self.ports[0],
            ui: self.ports[1],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_was_let_go_is_nobody_s_in_this_process() {
        let ports = |reserved: &Reservation| reserved.ports.iter().copied().collect();
        let first = Reservation::from(7_000, 3);
        let had: BTreeSet<u16> = ports(&first);
        assert_eq!(had.len(), 3);
        drop(first);
        let next: BTreeSet<u16> = ports(&Reservation::from(7_000, 3));
        assert!(had.is_disjoint(&next), "{had:?} {next:?}");
    }
}
