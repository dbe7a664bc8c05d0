//! Running a plan: what is created, the install boot, waiting for its end, and what follows.

use std::thread;
use std::time::{Duration, Instant};

use hypervisor::domain::StateReason;
use hypervisor::event::{Class, DomainEvent, Event, Subscription};
use hypervisor::flags::{DefineFlags, DestroyFlags, StartFlags};
use hypervisor::{Domain, ErrorCode, State};

use super::plan::Plan;
use super::{Cancel, Error, Progress};
use crate::cleanup::{Cleanup, Thing, Work, quoted};
use crate::diagnosis;
use crate::progress::Stop;
use crate::reach;

/// How often the guest is looked at.
const GLANCE: Duration = Duration::from_millis(200);
/// How long it may take until it is told how a guest or its emulator ended.
const EVENT_LIMIT: Duration = Duration::from_secs(1);
/// How long a connection that broke is tried again.
const RECONNECT: Duration = Duration::from_secs(30);

/// A guest whose install boot, or first boot, is under way.
#[derive(Debug)]
pub struct Installing {
    plan: Plan,
    domain: Option<Domain>,
    /// What was created for the guest, in case the user gives it up.
    created: Cleanup,
    /// How a transient guest ended, which cannot be asked once it is gone.
    events: Option<Subscription>,
}

/// How waiting for a guest ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// The first boot is over: the guest stopped, or never ran.
    Stopped,
    /// The time is over, and the guest still runs.
    TimeOver,
    /// This program has to end, and the guest still runs.
    Left,
}

/// A guest that is there for good.
#[derive(Debug)]
pub struct Installed {
    /// The guest; none where it was transient and is over.
    pub domain: Option<Domain>,
    /// It runs.
    pub running: bool,
    /// It was started again after its install boot.
    pub restarted: bool,
    /// It was forced off, or saved, by somebody, which is no end of an installation.
    pub stopped_by_user: bool,
}

impl Plan {
    /// Downloads the image that the first disk is made from, if there is one: what can fail for long before anything of
    /// the guest is there. [`Plan::start`] does it otherwise.
    ///
    /// # Errors
    /// Why it is not to be had.
    pub fn fetch_image(&mut self, progress: &dyn Progress) -> Result<(), Error> {
        self.image.as_mut().map_or(Ok(()), |image| image.fetch(progress))
    }

    /// Creates the storage, prepares the boot media, stores the definition and starts the guest. If anything fails, or
    /// the user stops it, all of that is removed again, and what was removed is said.
    ///
    /// # Errors
    /// Why it did not come to the start.
    pub fn start(mut self, progress: &dyn Progress, cancel: &Cancel) -> Result<Installing, Error> {
        let mut cleanup = Cleanup::begin(Work::Install, progress);
        match self.bring_up(&mut cleanup, progress, cancel) {
            Ok(domain) => {
                cleanup.settle();
                if self.autostart
                    && !self.transient
                    && let Some(Err(error)) = domain.as_ref().map(|domain| domain.set_autostart(true))
                {
                    progress.note(&error.to_string());
                }
                let events = listen(&self);
                Ok(Installing { plan: self, domain, created: cleanup, events })
            }
            Err(error) => {
                cleanup.remove_all(&self.connection).tell(progress);
                Err(error)
            }
        }
    }

    /// Everything up to the running guest; a guest that is only defined is not running, and none.
    fn bring_up(
        &mut self,
        cleanup: &mut Cleanup,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<Option<Domain>, Error> {
        let go_on = || if cancel.is_requested() { Err(Error::Cancelled) } else { Ok(()) };
        go_on()?;
        if let Some(files) = &self.files {
            files.prepare(&self.contents, &self.connection, cleanup, progress, cancel)?;
        }
        for (index, creation) in self.creations.iter().enumerate() {
            go_on()?;
            if let Some(image) = self.image.as_mut().filter(|_| index == 0) {
                image.write(creation, &self.connection, cleanup, progress, cancel)?;
                continue;
            }
            let failed = |reason| Error::Disk { text: creation.name.clone(), reason };
            creation.run(&self.connection, cleanup, progress).map_err(failed)?;
        }
        go_on()?;
        let _task = progress.begin("Creating domain...", None);
        let guest = Thing::Domain {
            uri: self.connection.uri().to_owned(),
            uuid: self.uuid.clone(),
            name: self.name.clone(),
        };
        if !self.reinstalls {
            cleanup.add(guest.clone());
        }
        let defined = if self.transient || self.reinstalls {
            None
        } else {
            // Before it is started, so that no guest ever runs that is not defined.
            Some(self.connection.define_domain(&self.lasting, DefineFlags::NONE)?)
        };
        go_on()?;
        cleanup.hand_over(&guest);
        let started = match (&self.install, defined) {
            (Some(install), _) => with_free_port(|| self.connection.create_domain(install, StartFlags::NONE)),
            (None, Some(defined)) if self.no_reboot => return Ok(Some(defined)),
            (None, Some(defined)) => with_free_port(|| defined.start(StartFlags::NONE)).map(|()| defined),
            (None, None) => with_free_port(|| self.connection.create_domain(&self.lasting, StartFlags::NONE)),
        };
        let domain = started.map_err(|reason| self.explain(reason))?;
        // The hypervisor has read them.
        if let Some(files) = &self.files {
            cleanup.remove_where(&self.connection, progress, |thing| files.has(thing));
        }
        Ok(Some(domain))
    }

    fn explain(&self, reason: hypervisor::Error) -> Error {
        let said = self.said_of(&reason);
        let says = |words: &str| reason.message.contains(words) || said.contains(words);
        let hint = if says("Permission denied") {
            self.missing_rights.iter().map(|missing| format!("\n  {missing}")).collect()
        } else if says("kvm") {
            // Whoever may not open /dev/kvm cannot find out beforehand that it does not work.
            "\n  hint: where KVM does not work, --virt-type qemu emulates".to_owned()
        } else {
            String::new()
        };
        Error::Start { reason, hint: said + &hint }
    }

    /// What the emulator said before it ended, with line breaks before, where libvirt does not tell: its log keeper may
    /// be later than its look into the log.
    fn said_of(&self, reason: &hypervisor::Error) -> String {
        if !reason.message.ends_with(&format!("closed the monitor (vm='{}')", self.name)) {
            return String::new();
        }
        let end = Instant::now() + EVENT_LIMIT;
        loop {
            let words = diagnosis::last_words(&self.connection, &self.name);
            if !words.is_empty() || Instant::now() >= end {
                return words.iter().map(|line| format!("\n  {line}")).collect();
            }
            thread::sleep(EVENT_LIMIT / 20);
        }
    }
}

/// Whether somebody forced a guest off, or saved it.
fn is_stopped_by_user(domain: &Domain) -> bool {
    let found = domain.state().ok().filter(|found| found.state == State::Shutoff);
    found.is_some_and(|found| ["destroyed", "saved"].contains(&found.name()))
}

/// Whether a guest is off because its emulator ended without having been told to.
fn has_lost_its_emulator(found: StateReason) -> bool {
    found.state == State::Shutoff && found.name() == "crashed"
}

/// Listens to what becomes of a guest that is gone once it stops; nothing is heard from drivers without events.
fn listen(plan: &Plan) -> Option<Subscription> {
    plan.transient.then(|| plan.connection.subscribe(&[Class::Lifecycle]).ok()).flatten()
}

/// Starts a guest, again where its screen's port was taken: libvirt looks for a free one before QEMU binds it, and the
/// daemons of two users do not see what the other one chose.
fn with_free_port<T>(start: impl Fn() -> hypervisor::Result<T>) -> hypervisor::Result<T> {
    const MORE_TRIES: usize = 3;
    let is_taken = |started: &hypervisor::Result<T>| {
        started.as_ref().is_err_and(|error| error.message.contains("Address already in use"))
    };
    let mut started = start();
    for _ in 0..MORE_TRIES {
        if !is_taken(&started) {
            break;
        }
        started = start();
    }
    started
}

impl Installing {
    /// The guest; none where it was only defined.
    #[must_use]
    pub fn domain(&self) -> Option<&Domain> {
        self.domain.as_ref()
    }

    /// The plan that is run.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Whether the guest runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.domain.as_ref().is_some_and(|domain| domain.is_active().unwrap_or(false))
    }

    /// Waits until the install boot is over, or any other first boot, at most for `limit`. A connection that breaks, as when libvirt's daemon is
    /// restarted, is opened again. Where the user stops the waiting, the unfinished guest is given up: it and what was
    /// created for it is removed. Where the system does, the guest goes on alone.
    ///
    /// # Errors
    /// The guest or its emulator crashed, it cannot be found any more, or the user gave it up.
    pub fn wait(
        &mut self,
        limit: Option<Duration>,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<Waited, Error> {
        let end = limit.map(|limit| Instant::now() + limit);
        loop {
            match cancel.requested() {
                // A guest that installs nothing is done as soon as it runs.
                Some(_) if !self.plan.installs => return Ok(Waited::Left),
                Some(Stop::User) => {
                    self.give_up(progress);
                    return Err(Error::Cancelled);
                }
                Some(Stop::System) => {
                    progress.note(&format!("The guest '{}' goes on being installed", self.plan.name));
                    return Ok(Waited::Left);
                }
                None => {}
            }
            match self.state()? {
                Some(found) if has_lost_its_emulator(found) => return Err(self.emulator_ended()),
                None if self.plan.transient && self.has_failed() => return Err(self.emulator_ended()),
                None if !self.plan.transient && self.domain.is_some() => return Err(self.removed()),
                None | Some(StateReason { state: State::Shutoff, .. }) => return Ok(Waited::Stopped),
                Some(StateReason { state: State::Crashed, .. }) => return Err(Error::Crashed),
                Some(_) => {}
            }
            if end.is_some_and(|end| Instant::now() >= end) {
                return Ok(Waited::TimeOver);
            }
            thread::sleep(GLANCE);
        }
    }

    /// Ends the install: a guest that has stopped is started for good, unless that is not wanted.
    ///
    /// # Errors
    /// It cannot be started again.
    pub fn finish(self) -> Result<Installed, Error> {
        let Installing { plan, domain, .. } = self;
        let running = domain.as_ref().is_some_and(|domain| domain.is_active().unwrap_or(false));
        let stopped_by_user = plan.installs && domain.as_ref().is_some_and(is_stopped_by_user);
        let wanted = plan.installs && !plan.no_reboot && !plan.transient && !running && !stopped_by_user;
        let domain = domain.filter(|_| running || !plan.transient);
        if let (true, Some(domain)) = (wanted, &domain) {
            with_free_port(|| domain.start(StartFlags::NONE)).map_err(|reason| plan.explain(reason))?;
        }
        let restarted = wanted && domain.is_some();
        Ok(Installed { domain, running: running || restarted, restarted, stopped_by_user })
    }

    /// Ends the install without starting the guest again.
    #[must_use]
    pub fn leave_off(self) -> Installed {
        let running = self.is_running();
        let domain = self.domain.filter(|_| running || !self.plan.transient);
        Installed { domain, running, restarted: false, stopped_by_user: false }
    }

    /// Removes the guest and what was created for it, and says so.
    pub fn give_up(&mut self, progress: &dyn Progress) {
        if let Some(domain) = self.domain.take()
            && domain.is_active().unwrap_or(false)
        {
            match domain.destroy(DestroyFlags::NONE) {
                Err(error) if self.plan.reinstalls => progress.warn(&error.to_string()),
                // What keeps a new one from stopping shows when it is removed.
                _ => {}
            }
        }
        if self.plan.reinstalls {
            let name = &self.plan.name;
            progress.note(&format!("The guest '{name}' is not installed, and its definition is as before"));
        }
        let created = std::mem::take(&mut self.created);
        created.remove_all(&self.plan.connection).tell(progress);
    }

    /// What the guest does; `None` if it is gone, as a transient one that stopped.
    fn state(&mut self) -> Result<Option<StateReason>, Error> {
        let Some(domain) = &self.domain else { return Ok(None) };
        match domain.state() {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.code == ErrorCode::NO_DOMAIN => Ok(None),
            Err(_) => {
                self.reconnect()?;
                Ok(Some(StateReason { state: State::Running, number: 0 }))
            }
        }
    }

    /// Whether a transient guest that is gone has lost its emulator. What is told of that may come after it is gone.
    fn has_failed(&self) -> bool {
        let Some(events) = &self.events else { return false };
        let end = Instant::now() + EVENT_LIMIT;
        loop {
            match events.receiver().try_recv() {
                Ok(Event::Domain(domain, DomainEvent::Lifecycle(found)))
                    if domain.uuid() == self.plan.uuid && found.domain_event() == "Stopped" =>
                {
                    return ["Crashed", "Failed"].contains(&found.domain_detail());
                }
                Ok(_) => {}
                Err(_) if Instant::now() >= end => return false,
                Err(_) => thread::sleep(EVENT_LIMIT / 20),
            }
        }
    }

    /// What there is to say of a guest that somebody undefined meanwhile.
    fn removed(&self) -> Error {
        Error::Removed { name: self.plan.name.clone() }
    }

    /// What there is to say of an emulator that ended, which must not be taken for an installation that is done.
    fn emulator_ended(&self) -> Error {
        let Plan { connection, name, .. } = &self.plan;
        let virsh =
            |command: &str| format!("virsh -c {} {command} {}", quoted(connection.uri()), quoted(name));
        let hint = match (self.plan.installs, self.plan.reinstalls || self.plan.transient) {
            (true, true) => "the guest is not installed; the same command begins again".to_owned(),
            (false, true) => "the same command starts the guest again".to_owned(),
            (true, false) => format!(
                "the guest is not installed; {} --remove-all-storage removes it, and the same command begins again",
                virsh("undefine")
            ),
            (false, false) => format!("{} starts the guest again", virsh("start")),
        };
        Error::EmulatorEnded { name: name.clone(), said: diagnosis::last_words(connection, name), hint }
    }

    fn reconnect(&mut self) -> Result<(), Error> {
        self.plan.connection = reach::again(self.plan.connection.uri(), RECONNECT)?;
        self.events = listen(&self.plan);
        self.domain = match self.plan.connection.domain_by_uuid(&self.plan.uuid) {
            Ok(domain) => Some(domain),
            Err(error) if error.code == ErrorCode::NO_DOMAIN && self.plan.transient => None,
            Err(error) if error.code == ErrorCode::NO_DOMAIN => return Err(self.removed()),
            Err(error) => return Err(error.into()),
        };
        Ok(())
    }
}
