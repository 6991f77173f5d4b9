//! A fair queue: chats take turns, so that a chat with a hundred waiting messages does not delay a
//! chat with one.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::ChatId;
use tokio::sync::oneshot;

/// The queue. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct FairQueue(Arc<Mutex<QueueState>>);

#[derive(Debug, Default)]
struct QueueState {
    /// Whether a turn is taken.
    busy: bool,
    /// The waiters of each chat, in the order of their turns.
    chats: VecDeque<(ChatId, VecDeque<oneshot::Sender<QueueTurn>>)>,
}

/// A turn. When it is dropped, the next waiter gets it.
#[derive(Debug)]
pub(super) struct QueueTurn(Option<FairQueue>);

impl FairQueue {
    pub(super) async fn turn(&self, chat: ChatId) -> QueueTurn {
        loop {
            let turn = {
                let mut waiting = self.state();
                if !waiting.busy {
                    waiting.busy = true;
                    return QueueTurn(Some(self.clone()));
                }
                waiting.join(chat)
            };
            // A sender is dropped only with its waiter; if not, wait again.
            if let Ok(turn) = turn.await {
                return turn;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, QueueState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the turn to the next waiter that still waits.
    fn pass_turn(self) {
        loop {
            let next = {
                let mut waiting = self.state();
                let next = waiting.next();
                waiting.busy = next.is_some();
                next
            };
            let Some(next) = next else { return };
            match next.send(QueueTurn(Some(self.clone()))) {
                Ok(()) => return,
                // That waiter timed out.
                Err(mut turn) => turn.0 = None,
            }
        }
    }
}

impl Drop for QueueTurn {
    fn drop(&mut self) {
        if let Some(line) = self.0.take() {
            line.pass_turn();
        }
    }
}

impl QueueState {
    fn join(&mut self, chat: ChatId) -> oneshot::Receiver<QueueTurn> {
        let (given, taken) = oneshot::channel();
        match self.chats.iter_mut().find(|(known, _)| *known == chat) {
            Some((_, waiting)) => waiting.push_back(given),
            None => self.chats.push_back((chat, VecDeque::from([given]))),
        }
        taken
    }

    /// The next waiter of the first chat; the chat moves to the end of the queue.
    fn next(&mut self) -> Option<oneshot::Sender<QueueTurn>> {
        let (chat, mut waiting) = self.chats.pop_front()?;
        let next = waiting.pop_front();
        if !waiting.is_empty() {
            self.chats.push_back((chat, waiting));
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const ANN: ChatId = ChatId::new(1);
    const BOB: ChatId = ChatId::new(2);

    /// The order in which these chats are served if all of them wait before the first turn.
    async fn served(line: FairQueue, chats: &[ChatId]) -> Vec<ChatId> {
        let turn = line.turn(ChatId::new(0)).await;
        let order = Arc::<Mutex<Vec<ChatId>>>::default();
        let mut waiting = Vec::new();
        for chat in chats {
            let (line, chat, order) = (line.clone(), *chat, Arc::clone(&order));
            waiting.push(tokio::spawn(async move {
                let _turn = line.turn(chat).await;
                order.lock().unwrap().push(chat);
            }));
            tokio::task::yield_now().await;
        }
        drop(turn);
        for waited in waiting {
            waited.await.unwrap();
        }
        let order = order.lock().unwrap();
        order.clone()
    }

    #[tokio::test]
    async fn chats_take_turns() {
        let line = FairQueue::default();
        let order = served(line.clone(), &[ANN, ANN, ANN, ANN, BOB, BOB]).await;
        assert_eq!(order, [ANN, BOB, ANN, BOB, ANN, ANN]);
        assert_eq!(served(line, &[BOB, ANN]).await, [BOB, ANN], "the queue still works");
    }

    #[tokio::test]
    async fn dropped_waiter_passes_its_turn() {
        let line = FairQueue::default();
        let turn = line.turn(ANN).await;
        for chat in [ANN, BOB].repeat(1_000) {
            let waited = tokio::time::timeout(Duration::ZERO, line.turn(chat)).await;
            assert!(waited.is_err());
        }
        drop(turn);
        assert_eq!(served(line, &[BOB, ANN]).await, [BOB, ANN]);
    }
}
