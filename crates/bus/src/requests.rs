//! [`RequestQueue`]: requests as a consumer group reads them.

use std::time::{Duration, SystemTime};

use redis::{
    AsyncCommands as _, ErrorKind, RedisError,
    aio::MultiplexedConnection,
    streams::{
        StreamAutoClaimOptions, StreamAutoClaimReply, StreamClaimOptions, StreamId,
        StreamPendingCountReply, StreamReadOptions, StreamReadReply,
    },
};

use crate::{BusError, DeadLetters, EVENT_FIELD, REQUESTS, RedisBus};

/// The group of all gateways.
const GROUP: &str = "gateway";

/// How long a read waits for requests.
const WAIT: Duration = Duration::from_secs(5);

/// A request whose reader did not answer for so long may be claimed by another reader.
const CLAIM_AFTER: Duration = Duration::from_secs(30);

/// Requests that one read returns.
const BATCH: usize = 16;

/// One reader of the requests. A request is delivered to one reader of the group, and to another one if that reader does
/// not answer it within 30 seconds.
pub struct RequestQueue {
    bus: RedisBus,
    /// The reader's name in the group, unique among all gateways.
    name: String,
    /// For reads, which wait.
    reads: Option<MultiplexedConnection>,
    claim_after: Duration,
}

/// A request from the stream. It has to be [answered](RequestQueue::answered), or
/// [refused](RequestQueue::refuse); otherwise it is delivered again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedRequest {
    /// The id of its entry, such as `1527849629172-0`.
    pub entry: String,
    /// The request as CloudEvents JSON; `None` if the entry has no field `event` with text.
    pub event: Option<String>,
    /// How often it was delivered, this time included.
    pub deliveries: usize,
}

impl QueuedRequest {
    /// How long ago it arrived, by the time in its entry's id; zero if the sender chose another id.
    pub fn age(&self) -> Duration {
        let arrived = self.entry.split('-').next().and_then(|ms| ms.parse::<u64>().ok());
        let arrived = arrived.map(|ms| SystemTime::UNIX_EPOCH + Duration::from_millis(ms));
        arrived.and_then(|at| SystemTime::now().duration_since(at).ok()).unwrap_or_default()
    }
}

impl RequestQueue {
    pub fn new(bus: RedisBus, name: impl Into<String>) -> Self {
        Self { bus, name: name.into(), reads: None, claim_after: CLAIM_AFTER }
    }

    /// Claims requests after this time instead of 30 seconds.
    #[must_use]
    pub fn claiming_after(mut self, unanswered: Duration) -> Self {
        self.claim_after = unanswered;
        self
    }

    /// The next requests: first those that their readers left unanswered, then new ones. Waits up to five seconds for a new
    /// one; then the list is empty.
    ///
    /// # Errors
    /// [`BusError::Redis`].
    pub async fn next(&mut self) -> Result<Vec<QueuedRequest>, BusError> {
        let read = self.read().await;
        if read.is_err() {
            self.reads = None;
        }
        match read {
            // Redis was restarted empty, or the group is new.
            Err(BusError::Redis(error)) if is_unknown_group(&error) => {
                self.create_group().await?;
                self.read().await
            }
            read => read,
        }
    }

    /// Acknowledges and removes a request.
    ///
    /// # Errors
    /// [`BusError::Redis`]; then it is delivered again.
    pub async fn answered(&self, request: &QueuedRequest) -> Result<(), BusError> {
        let mut pipe = redis::pipe();
        pipe.atomic();
        pipe.xack(REQUESTS, GROUP, &[&request.entry]).ignore();
        pipe.xdel(REQUESTS, &[&request.entry]).ignore();
        Ok(pipe.query_async(&mut self.bus.shared()).await?)
    }

    /// Moves a request to the dead letters, with a reason for its sender.
    ///
    /// # Errors
    /// [`BusError::Redis`]; then it is delivered again.
    pub async fn refuse(&self, request: &QueuedRequest, reason: &str) -> Result<(), BusError> {
        let mut pipe = redis::pipe();
        pipe.atomic();
        DeadLetters::add(&mut pipe, request, reason);
        pipe.xack(REQUESTS, GROUP, &[&request.entry]).ignore();
        pipe.xdel(REQUESTS, &[&request.entry]).ignore();
        Ok(pipe.query_async(&mut self.bus.shared()).await?)
    }

    /// Keeps requests that wait for this reader, so that no other reader claims them for another 30 seconds.
    ///
    /// # Errors
    /// [`BusError::Redis`].
    pub async fn keep(&self, requests: &[QueuedRequest]) -> Result<(), BusError> {
        let entries: Vec<&str> = requests.iter().map(|request| request.entry.as_str()).collect();
        // Without the entries themselves, which counts as no delivery.
        let options = StreamClaimOptions::default().with_justid();
        let mut redis = self.bus.shared();
        let kept = redis.xclaim_options(REQUESTS, GROUP, &self.name, 0, &entries, options);
        let _: Vec<String> = kept.await?;
        Ok(())
    }

    /// How many requests wait or are in work.
    ///
    /// # Errors
    /// [`BusError::Redis`].
    pub async fn backlog(bus: &RedisBus) -> Result<u64, BusError> {
        Ok(bus.shared().xlen(REQUESTS).await?)
    }

    async fn read(&mut self) -> Result<Vec<QueuedRequest>, BusError> {
        let left = self.claim().await?;
        if !left.is_empty() {
            return Ok(left);
        }
        let options = StreamReadOptions::default()
            .group(GROUP, &self.name)
            .count(BATCH)
            .block(usize::try_from(WAIT.as_millis()).unwrap_or(usize::MAX));
        let redis = match &mut self.reads {
            Some(redis) => redis,
            empty => empty.insert(self.bus.waiting(WAIT).await?),
        };
        let new: Option<StreamReadReply> =
            redis.xread_options(&[REQUESTS], &[">"], &options).await?;
        let new = new.unwrap_or_default().keys.into_iter().flat_map(|stream| stream.ids);
        Ok(new.map(|entry| QueuedRequest::of(&entry, 1)).collect())
    }

    /// Requests that were delivered and not answered in time.
    async fn claim(&self) -> Result<Vec<QueuedRequest>, BusError> {
        let mut redis = self.bus.shared();
        let options = StreamAutoClaimOptions::default().count(BATCH);
        let idle = u64::try_from(self.claim_after.as_millis()).unwrap_or(u64::MAX);
        let claimed: StreamAutoClaimReply =
            redis.xautoclaim_options(REQUESTS, GROUP, &self.name, idle, "0-0", options).await?;
        let mut requests = Vec::with_capacity(claimed.claimed.len());
        for entry in claimed.claimed {
            let id = &entry.id;
            let pending: StreamPendingCountReply =
                redis.xpending_count(REQUESTS, GROUP, id, id, 1).await?;
            let deliveries = pending.ids.first().map_or(1, |pending| pending.times_delivered);
            requests.push(QueuedRequest::of(&entry, deliveries));
        }
        Ok(requests)
    }

    async fn create_group(&self) -> Result<(), BusError> {
        // From the beginning: requests may have arrived before the group.
        let created: Result<(), RedisError> =
            self.bus.shared().xgroup_create_mkstream(REQUESTS, GROUP, "0").await;
        match created {
            Err(error) if error.code() != Some("BUSYGROUP") => Err(error.into()),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

impl QueuedRequest {
    fn of(entry: &StreamId, deliveries: usize) -> Self {
        Self { entry: entry.id.clone(), event: entry.get(EVENT_FIELD), deliveries }
    }
}

fn is_unknown_group(error: &RedisError) -> bool {
    error.code() == Some("NOGROUP")
        || error.kind() == ErrorKind::Extension && error.to_string().contains("NOGROUP")
}
