//! What commands share: the connection, the output, and how the program was started.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hypervisor::auth::Authenticate;
use hypervisor::event::{Class, CloseReason, Event, Subscription};
use hypervisor::{Connection, KeepAlive, OpenOptions, default_uri};

use crate::command::Following;
use crate::failure::{Failure, Outcome};
use crate::help;
use crate::many::{self, Hosts};
use crate::output::Output;
use crate::parse::Invocation;
use crate::program::{EscapeKey, Options, Shown};
use crate::shell::Announcer;

/// The state of a running virsh.
pub(crate) struct Control {
    /// Where output goes.
    pub(crate) output: Output,
    /// The key that leaves a console.
    pub(crate) escape: EscapeKey,
    /// Whether commands may only look.
    pub(crate) read_only: bool,
    /// How data is shown where a command does not say.
    pub(crate) shown: Shown,
    /// Whether `quit` was run.
    pub(crate) quitting: bool,
    /// What the program ends with if the last command failed.
    pub(crate) exit_code: u8,
    /// The hosts that commands run on, where there are several.
    pub(crate) hosts: Option<Hosts>,
    /// Who answers what a hypervisor asks of the user.
    pub(crate) asker: Arc<dyn Authenticate>,
    /// What tells between the prompts of the shell; none elsewhere.
    pub(crate) announcer: Option<Arc<Announcer>>,
    /// The events that are told there.
    pub(crate) following: Option<Following>,
    timing: bool,
    uri: Option<String>,
    keep_alive: KeepAlive,
    keep_alive_demanded: bool,
    connection: Option<Connection>,
    /// What tells why the connection ended.
    closing: Option<Subscription>,
    /// Whether others work on the same connection, so that a new one helps none of them.
    works_beside: bool,
    /// Whether the last connection broke, so that the user is told when there is one again.
    lost: bool,
}

impl Control {
    /// A virsh that is not connected yet.
    pub(crate) fn new(output: Output, options: &Options) -> Self {
        let usual = KeepAlive::default();
        Self {
            output,
            escape: options.escape.clone(),
            read_only: options.read_only,
            shown: options.shown.clone(),
            quitting: false,
            exit_code: 1,
            hosts: None,
            asker: xctl::auth::on_terminal(),
            announcer: None,
            following: None,
            timing: options.timing,
            uri: default_uri(&["VIRSH_DEFAULT_CONNECT_URI"]),
            keep_alive: KeepAlive {
                interval: options
                    .keep_alive_interval
                    .map_or(usual.interval, |seconds| Duration::from_secs(seconds.into())),
                count: options.keep_alive_count.unwrap_or(usual.count),
            },
            keep_alive_demanded: options.keep_alive_interval.is_some_and(|seconds| seconds > 0),
            connection: None,
            closing: None,
            works_beside: false,
            lost: false,
        }
    }

    /// Chooses which hypervisor is connected to.
    pub(crate) fn talk_to(&mut self, uri: String) {
        self.uri = Some(uri);
    }

    /// Another virsh, for a work beside others on the same connection; what it prints is kept.
    pub(crate) fn worker(&self, connection: Connection) -> Self {
        Self {
            connection: Some(connection),
            works_beside: true,
            asker: Arc::clone(&self.asker),
            ..self.beside(self.uri.clone())
        }
    }

    /// Another virsh, for another host; what it prints is kept.
    pub(crate) fn on_host(&self, uri: &str) -> Self {
        self.beside(Some(uri.to_owned()))
    }

    /// Whether this is one of several works of a command.
    pub(crate) fn works_beside(&self) -> bool {
        self.works_beside
    }

    fn beside(&self, uri: Option<String>) -> Self {
        Self {
            output: Output::kept(self.output.quiet, self.output.level),
            escape: self.escape.clone(),
            read_only: self.read_only,
            shown: self.shown.clone(),
            quitting: false,
            exit_code: 1,
            hosts: None,
            asker: xctl::auth::on_terminal(),
            announcer: None,
            following: None,
            timing: false,
            uri,
            keep_alive: self.keep_alive,
            // Hosts of several kinds are watched where they can be.
            keep_alive_demanded: false,
            connection: None,
            closing: None,
            works_beside: false,
            lost: false,
        }
    }

    /// The connection, opened if there is none.
    ///
    /// # Errors
    /// When the hypervisor cannot be reached.
    pub(crate) fn connection(&mut self) -> Result<Connection, Failure> {
        if let Some(connection) = &self.connection {
            // A driver that cannot say has no other side to lose.
            if connection.is_alive().unwrap_or(true) {
                return Ok(connection.clone());
            }
            if self.works_beside {
                return Err(Failure::said(format!("the connection to {} is lost", connection.uri())));
            }
            self.disconnected();
        }
        let lost = self.lost;
        let connection = self.open(self.uri.clone(), self.read_only).map_err(|failure| match lost {
            true => Failure { said: vec!["Failed to reconnect to the hypervisor".to_owned()], ..failure },
            false => failure,
        })?;
        if std::mem::take(&mut self.lost) {
            self.output.error("Reconnected to the hypervisor");
            if let Some(following) = self.following.take() {
                match following.again(&connection) {
                    Ok(following) => self.following = Some(following),
                    Err(failure) => self.report(&failure),
                }
            }
        }
        self.connected(connection.clone());
        Ok(connection)
    }

    /// Says that the connection is lost; the next command that needs one opens another.
    pub(crate) fn disconnected(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.output.error(format_args!("Disconnected from {}{}", connection.uri(), self.reason()));
            self.lost = true;
        }
    }

    /// Whether there was a connection, and it is lost.
    pub(crate) fn is_cut_off(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| !connection.is_alive().unwrap_or(true))
    }

    fn connected(&mut self, connection: Connection) {
        // Nothing is asked of libvirt for this class, so nothing can be refused.
        self.closing = connection.subscribe(&[Class::Closed]).ok();
        self.connection = Some(connection);
    }

    /// Why the connection ended.
    fn reason(&self) -> &'static str {
        let event = self.closing.as_ref().and_then(|closing| closing.receiver().try_recv().ok());
        match event {
            Some(Event::Closed(CloseReason::Error)) => " due to I/O error",
            Some(Event::Closed(CloseReason::EndOfFile)) => " due to end of file",
            Some(Event::Closed(CloseReason::KeepAlive)) => " due to keepalive timeout",
            _ => "",
        }
    }

    /// Opens the connection that the program's options name, so that a wrong one is found before the first command.
    ///
    /// # Errors
    /// When the hypervisor cannot be reached.
    pub(crate) fn connect_if_named(&mut self) -> Outcome {
        if self.uri.is_some() && self.hosts.is_none() {
            self.connection()?;
        }
        Ok(())
    }

    /// Leaves the connection for another one, or for the same one anew.
    ///
    /// # Errors
    /// When the hypervisor cannot be reached; there is no connection then.
    pub(crate) fn reconnect(&mut self, uri: Option<&str>, read_only: bool) -> Outcome {
        let read_only = read_only || (uri.is_none() && self.read_only);
        match (&mut self.hosts, uri) {
            (Some(hosts), None) => {
                hosts.leave();
                return Ok(());
            }
            (hosts, _) => *hosts = None,
        }
        self.closing = None;
        self.connection = None;
        self.lost = false;
        let target = uri.map(str::to_owned).or_else(|| self.uri.clone());
        let connection = self.open(target.clone(), read_only)?;
        if self.following.take().is_some() {
            self.output.remark("Events are not told any more");
        }
        self.connected(connection);
        self.uri = target;
        self.read_only = read_only;
        Ok(())
    }

    /// The connection if there is one, and which one would be opened; of several hosts, the first.
    pub(crate) fn current(&self) -> (Option<Connection>, Option<String>) {
        match &self.hosts {
            Some(hosts) => (None, hosts.first()),
            None => (self.connection.clone(), self.uri.clone()),
        }
    }

    /// Opens another connection beside ours, asking the user as for ours.
    ///
    /// # Errors
    /// When that hypervisor cannot be reached.
    pub(crate) fn open_other(&self, uri: &str) -> Result<Connection, Failure> {
        let keep_alive = (!self.keep_alive.interval.is_zero()).then_some(self.keep_alive);
        let options =
            OpenOptions { auth: Some(Arc::clone(&self.asker)), keep_alive, ..OpenOptions::uri(uri) };
        Ok(Connection::open(&options)?)
    }

    fn open(&self, uri: Option<String>, read_only: bool) -> Result<Connection, Failure> {
        let keep_alive = (!self.keep_alive.interval.is_zero()).then_some(self.keep_alive);
        let options = OpenOptions {
            uri,
            read_only,
            auth: Some(Arc::clone(&self.asker)),
            keep_alive,
            ..OpenOptions::default()
        };
        let failed = |cause, mut said: Vec<String>| {
            said.push("failed to connect to the hypervisor".to_owned());
            let hint = xctl::reach::hint(&cause, options.uri.as_deref()).map(str::to_owned);
            Failure { said, cause: Some(Box::new(cause)), hint }
        };
        let connection = Connection::open(&options).map_err(|cause| failed(cause, Vec::new()))?;
        if self.keep_alive_demanded
            && let Err(cause) = connection.set_keep_alive(self.keep_alive)
        {
            let said = "Cannot setup keepalive on connection as requested, disconnecting".to_owned();
            return Err(failed(cause, vec![said]));
        }
        Ok(connection)
    }

    /// Runs commands one after the other, to the end or to `quit`; says whether the last one succeeded.
    pub(crate) fn run(&mut self, invocations: &[Invocation]) -> bool {
        let mut succeeded = true;
        for invocation in invocations {
            let start = Instant::now();
            self.exit_code = 1;
            let outcome = self.run_one(invocation);
            succeeded = outcome.is_ok();
            if let Err(failure) = outcome {
                self.report(&failure);
            }
            if self.quitting {
                break;
            }
            if self.timing {
                let milliseconds = start.elapsed().as_secs_f64() * 1000.0;
                self.output.print(format_args!("\n(Time: {milliseconds:.3} ms)\n\n"));
            } else if invocation.view.is_none() {
                self.output.remark("");
            }
        }
        self.output.flush();
        succeeded
    }

    fn run_one(&mut self, invocation: &Invocation) -> Outcome {
        let command = invocation.command;
        self.output.debug(format_args!("commands: \"{}\"", command.name));
        for (option, value) in invocation.arguments.given() {
            self.output.debug(format_args!("{}: {option}{value}", command.name));
        }
        if invocation.help {
            self.output.print(help::command(command));
            return Ok(());
        }
        many::run(self, invocation)
    }

    /// Shows why something failed.
    pub(crate) fn report(&self, failure: &Failure) {
        for line in &failure.said {
            self.output.error(line);
        }
        if let Some(cause) = &failure.cause {
            self.output.error(&cause.message);
        }
        if let Some(hint) = &failure.hint {
            self.output.hint(hint);
        }
    }
}
