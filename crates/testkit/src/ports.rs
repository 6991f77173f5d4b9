//! Free ports for servers that tests start in processes of their own.
//!
//! A port that was bound and let go again can be anybody's by the time a server asks for it: of a
//! second test, or of an outgoing connection, because port 0 gives one from the range that those
//! use. So ports come from below that range, and each is locked by its number until the test ends.

use std::{
    fs::File,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    net::{Ipv4Addr, TcpListener},
};

use dev::server::Ports;

/// Below Linux's range for outgoing connections, which begins at 32,768.
const RANGE: std::ops::Range<u16> = 20_000..32_000;

/// Ports that no other test has, for as long as this lives.
#[derive(Debug)]
pub struct Reservation {
    ports: Vec<u16>,
    _locks: Vec<File>,
}

impl Reservation {
    /// Reserves `count` ports.
    pub fn of(count: usize) -> Self {
        let folder = std::env::temp_dir().join("bible-vibecoder-ports");
        std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
        let width = RANGE.end - RANGE.start;
        let random = RandomState::new().build_hasher().finish();
        let first = u16::try_from(random % u64::from(width)).expect("it is below a u16");
        let mut reserved = Self {
            ports: Vec::new(),
            _locks: Vec::new(),
        };
        for step in 0..width {
            if reserved.ports.len() == count {
                return reserved;
            }
            let port = RANGE.start + (first + step) % width;
            let lock = File::create(folder.join(port.to_string())).expect("a lock can be made");
            if lock.try_lock().is_ok() && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
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
