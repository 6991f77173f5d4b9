//! Signals to processes and to all their descendants.

use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};

pub(crate) use sysinfo::Signal;

/// Sends a signal to one process; does nothing if it has ended.
pub(crate) fn send(pid: u32, signal: Signal) {
    let pid = Pid::from_u32(pid);
    let mut system = System::new();
    let one = [pid];
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&one),
        false,
        ProcessRefreshKind::nothing(),
    );
    if let Some(process) = system.process(pid) {
        process.kill_with(signal);
    }
}

/// Sends a signal to a process and all its descendants, parents first: a parent that is stopped or
/// dead can't start another process meanwhile.
pub(crate) fn send_to_all(pid: u32, signal: Signal) {
    let mut system = System::new();
    system.refresh_processes_specifics(
        ProcessesToUpdate::All,
        false,
        ProcessRefreshKind::nothing().without_tasks(),
    );
    let mut family = vec![Pid::from_u32(pid)];
    let mut next = 0;
    while let Some(parent) = family.get(next).copied() {
        next += 1;
        let children = system.processes().values();
        family.extend(children.filter(|p| p.parent() == Some(parent)).map(sysinfo::Process::pid));
    }
    for pid in family {
        if let Some(process) = system.process(pid) {
            process.kill_with(signal);
        }
    }
}

/// Whether a process runs. A zombie does not.
pub fn is_alive(pid: u32) -> bool {
    let pid = Pid::from_u32(pid);
    let mut system = System::new();
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&[pid]),
        false,
        ProcessRefreshKind::nothing(),
    );
    let dead = [ProcessStatus::Zombie, ProcessStatus::Dead];
    system.process(pid).is_some_and(|process| !dead.contains(&process.status()))
}
