//! Looks at the guests on a thread of its own, so that the keyboard is heard while a host takes its time.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use hypervisor::{Connection, Error};
use xctl::load::Sample;

use crate::failure::{Attempted, Failure};

/// Who looks. A look that hangs when this is dropped is left to end by itself.
pub(super) struct Sampler {
    uri: String,
    ask: SyncSender<()>,
    told: Receiver<Result<Sample, Error>>,
}

impl Sampler {
    pub(super) fn start(connection: Connection) -> Result<Self, Failure> {
        let uri = connection.uri().to_owned();
        let (ask, asked) = mpsc::sync_channel(1);
        let (tell, told) = mpsc::channel();
        let spawned = thread::Builder::new()
            .name("sampler".into())
            .spawn(move || while asked.recv().is_ok() && tell.send(Sample::take(&connection)).is_ok() {});
        spawned.map_err(|error| Failure::said(error.to_string()))?;
        Ok(Self { uri, ask, told })
    }

    /// Has it look.
    pub(super) fn ask(&self) {
        // Where nobody looks any more, that is seen below.
        let _ = self.ask.try_send(());
    }

    /// What was seen; nothing if there is no answer within this time.
    pub(super) fn answer(&self, limit: Duration) -> Result<Option<Sample>, Failure> {
        match self.told.recv_timeout(limit) {
            Ok(sample) => {
                sample.map(Some).attempted(|| format!("cannot tell what the domains of {} use", self.uri))
            }
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Failure::said("nobody looks at the domains any more")),
        }
    }
}
