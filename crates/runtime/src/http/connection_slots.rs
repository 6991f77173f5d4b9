//! The connection slots of a listener. When all are in use, a new connection replaces the one that
//! has waited longest without a request, so half-open connections can't block others.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The slots of one listener. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct ConnectionSlots(Arc<SlotsShared>);

#[derive(Debug)]
struct SlotsShared {
    limit: usize,
    table: Mutex<SlotTable>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct SlotTable {
    open: usize,
    next: u64,
    /// Connections without a request, in the order in which they began to wait.
    waiting: BTreeMap<u64, CancellationToken>,
}

/// The slot of one connection; dropping it frees the slot.
#[derive(Debug)]
pub(super) struct ConnectionSlot {
    shared: Arc<SlotsShared>,
    closed: CancellationToken,
    /// Its key in `waiting`, if it waits.
    order: Mutex<Option<u64>>,
}

impl ConnectionSlots {
    pub(super) fn new(limit: usize) -> Self {
        Self(Arc::new(SlotsShared { limit, table: Mutex::default(), freed: Notify::new() }))
    }

    /// A slot, and whether another connection was closed for it. Waits if every connection is
    /// processing a request.
    pub(super) async fn take(&self) -> (ConnectionSlot, bool) {
        let mut closed_one = false;
        loop {
            if let Some(seat) = self.free() {
                return (seat, closed_one);
            }
            // One is enough: its slot is freed as soon as its task has ended.
            if !closed_one {
                let oldest = lock(&self.0.table).waiting.pop_first();
                if let Some((_, oldest)) = oldest {
                    oldest.cancel();
                    closed_one = true;
                }
            }
            self.0.freed.notified().await;
        }
    }

    fn free(&self) -> Option<ConnectionSlot> {
        let mut table = lock(&self.0.table);
        if table.open >= self.0.limit {
            return None;
        }
        table.open += 1;
        drop(table);
        let seat = ConnectionSlot {
            shared: Arc::clone(&self.0),
            closed: CancellationToken::new(),
            order: Mutex::default(),
        };
        seat.set_idle();
        Some(seat)
    }
}

impl ConnectionSlot {
    /// From now on it may be closed for another connection.
    pub(super) fn set_idle(&self) {
        let mut table = lock(&self.shared.table);
        let order = table.next;
        table.next += 1;
        table.waiting.insert(order, self.closed.clone());
        drop(table);
        *lock(&self.order) = Some(order);
        // A new connection may be waiting for one that can be closed.
        self.shared.freed.notify_one();
    }

    /// A request has arrived: the connection is not closed until it is answered.
    pub(super) fn set_busy(&self) {
        if let Some(order) = lock(&self.order).take() {
            lock(&self.shared.table).waiting.remove(&order);
        }
    }

    /// Waits until its slot is given to another connection.
    pub(super) async fn closed(&self) {
        self.closed.cancelled().await;
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        self.set_busy();
        lock(&self.shared.table).open -= 1;
        self.shared.freed.notify_one();
    }
}

/// A poisoned lock is usable: no panic can leave the tables inconsistent.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn within<T>(future: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout(Duration::from_millis(200), future).await.ok()
    }

    #[tokio::test]
    async fn full_listener_closes_the_longest_waiting_connection() {
        let seats = ConnectionSlots::new(2);
        let (first, _) = seats.take().await;
        let (second, _) = seats.take().await;
        let taking = tokio::spawn({
            let seats = seats.clone();
            async move { seats.take().await }
        });
        within(first.closed()).await.expect("the oldest is closed");
        assert!(within(second.closed()).await.is_none());
        drop(first);
        let (_third, closed_one) = taking.await.unwrap();
        assert!(closed_one);
    }

    #[tokio::test]
    async fn connection_with_a_request_is_never_closed() {
        let seats = ConnectionSlots::new(1);
        let (only, _) = seats.take().await;
        only.set_busy();
        let taking = tokio::spawn({
            let seats = seats.clone();
            async move { seats.take().await }
        });
        assert!(within(only.closed()).await.is_none());
        // Its request is answered, so it may be closed.
        only.set_idle();
        within(only.closed()).await.expect("it waits again");
        drop(only);
        taking.await.unwrap();
    }
}
