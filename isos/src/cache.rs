//! Blocks that were unpacked lately: a bounded memory that threads share.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Error;

/// Holds the `capacity` values used last, by a number that tells where each came from. A value is made once, however
/// many threads ask for it at the same time, and they wait for that value only, not for others being made.
pub(crate) struct Cache<T> {
    capacity: usize,
    slots: Mutex<Slots<T>>,
}

struct Slots<T> {
    /// Counts the requests, to tell which slot was asked for longest ago.
    now: u64,
    by_key: HashMap<u64, (u64, Slot<T>)>,
}

/// Empty until its value is made.
type Slot<T> = Arc<Mutex<Option<T>>>;

impl<T: Clone> Cache<T> {
    pub(crate) fn new(capacity: usize) -> Cache<T> {
        let slots = Slots { now: 0, by_key: HashMap::new() };
        Cache { capacity: capacity.max(1), slots: Mutex::new(slots) }
    }

    /// The value for `key`, made by `make` if it is not there. A failure is not remembered.
    pub(crate) fn get(&self, key: u64, make: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let slot = self.slot(key);
        let mut value = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = &*value {
            return Ok(value.clone());
        }
        let made = make()?;
        *value = Some(made.clone());
        Ok(made)
    }

    fn slot(&self, key: u64) -> Slot<T> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.now += 1;
        let now = slots.now;
        if let Some((used, slot)) = slots.by_key.get_mut(&key) {
            *used = now;
            return Arc::clone(slot);
        }
        if slots.by_key.len() >= self.capacity
            && let Some(oldest) = slots.by_key.iter().min_by_key(|(_, (used, _))| *used).map(|(key, _)| *key)
        {
            slots.by_key.remove(&oldest);
        }
        let slot = Slot::default();
        slots.by_key.insert(key, (now, Arc::clone(&slot)));
        slot
    }
}

impl<T> fmt::Debug for Cache<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Cache").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_is_made_again() {
        let cache = Cache::new(2);
        let mut made = Vec::new();
        for key in [1, 2, 1, 3, 1, 2] {
            let value = cache.get(key, || {
                made.push(key);
                Ok(key * 10)
            });
            assert_eq!(value.unwrap(), key * 10);
        }
        assert_eq!(made, [1, 2, 3, 2]);
    }

    #[test]
    fn a_value_is_made_once_for_all_threads_and_a_failure_is_not_kept() {
        let cache = Cache::new(4);
        let failed = cache.get(7, || Err(Error::NotFound { image: "i".into(), path: "p".into() }));
        assert!(failed.is_err());
        let made = std::sync::atomic::AtomicUsize::new(0);
        let make = || {
            made.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            std::thread::sleep(std::time::Duration::from_millis(5));
            Ok(1)
        };
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| assert_eq!(cache.get(7, make).unwrap(), 1));
            }
        });
        assert_eq!(made.into_inner(), 1);
    }
}
