//! The run of virt-install: from the request to a guest that is installed, or to nothing at all.

mod command_line;
mod file;
mod options;
mod password;
mod prompt;
mod said;
mod write_file;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::ArgMatches;
use hypervisor::flags::DestroyFlags;
use hypervisor::{Connection, Domain};
use xctl::cloud_init::{DEFAULT, Seed, Wish};
use xctl::document::Document;
use xctl::install::{self, Cancel, Error, Installing, Plan, Progress, Waited};
use xctl::progress::Silent;

pub use options::VIRT_INSTALL;

use crate::bars::Bars;
use crate::outcome::Outcome;
use crate::program::{Misread, Typed};
use crate::{ask, console, reach, report};
use command_line::{CommandLine, Console, Print};
use said::Said;

/// How long a guest that closed its console may take until libvirt knows that it stopped.
const GLANCE: Duration = Duration::from_secs(3);

/// What is said where the system refuses to hand signals over.
const UNHEARD: &str = "cannot listen to signals";

/// Does what the command line says.
///
/// # Errors
/// Anything that keeps the guest from being made; whatever was made until then is removed.
pub fn run(matches: &ArgMatches, result: &mut Outcome) -> Result<ExitCode> {
    let Some(mut line) = command_line(matches)? else { return Ok(ExitCode::SUCCESS) };
    let cancel = Cancel::new();
    let bars = Bars::new(line.quiet || line.print.is_some());
    let connection = reach::open(line.connect.as_deref())?;
    result.set("connection", connection.uri());
    if !line.request.dry_run {
        xctl::cleanup::recover(&connection, &bars);
    }
    if let Some(file) = &line.file
        && let Some(domain) = is_there(&connection, &line, file, &bars, &cancel)?
    {
        result.set("changed", false);
        result.guest(&domain);
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(wish) = &line.cloud_init {
        if *wish == Wish::parse(DEFAULT)? {
            bars.warn(&format!("Defaulting to --cloud-init {DEFAULT}"));
        } else if let (true, Some(key)) = (*wish == Wish::of_user(), &wish.user_key) {
            bars.note(&format!("Letting in whoever has the key of {key}"));
        }
        line.request.cloud_init = Some(wish.load(&bars, &cancel)?);
    }
    if let Some(wish) = &line.unattended {
        line.request.unattended = Some(wish.load(&cancel)?);
    }
    // Not before: a pipe that nothing comes through is read until a signal ends the program.
    cancel.on_signals().context(UNHEARD)?;
    let mut plan = plan(&connection, &mut line, &bars, &cancel)?;
    if line.debug {
        detail(&connection, &plan);
    }
    if line.explain {
        explain(&plan, line.print.is_some());
        result.set("reasons", plan.reasons().iter().map(ToString::to_string).collect::<Vec<_>>());
    }
    if let Some(print) = line.print {
        show(&plan, print, result)?;
        result.set("changed", false);
        return Ok(ExitCode::SUCCESS);
    }
    if line.request.dry_run {
        bars.note("Dry run completed successfully");
        result.set("changed", false);
        return Ok(ExitCode::SUCCESS);
    }
    let mut view = View::of(&plan, &line);
    wait_unseen(&plan, &mut line, view, &bars);
    bars.note("\nStarting install...");
    // A password is of use only where there is something to log in to.
    plan.fetch_image(&bars)?;
    if let Some(password) = line.request.cloud_init.as_ref().and_then(Seed::generated_password) {
        password::show(password, &cancel)?;
        result.set("root_password", password);
    }
    let name = plan.name().to_owned();
    let creations = plan.creations().to_vec();
    let installing = plan.start(&bars, &cancel)?;
    view.was_seen = installing.domain().is_some_and(|domain| attend(&connection, &line, view, domain, &bars));
    let code = outcome(&connection, &line, view, installing, &bars, &cancel, result);
    if let Err(error) = &code
        && matches!(error.downcast_ref(), Some(Error::Cancelled))
    {
        // Nothing that could be told of is there any more.
        return code;
    }
    if line.destroy_on_exit
        && let Ok(domain) = connection.domain_by_name(&name)
    {
        force_off(&domain);
    }
    result.set("changed", true);
    result.created(&creations);
    match connection.domain_by_name(&name) {
        Ok(domain) => result.guest(&domain),
        Err(error) if error.code.is_missing() => {
            result.set("guest", serde_json::json!({ "name": name, "state": "gone" }));
        }
        // The connection is lost, not the guest.
        Err(_) => result.set("guest", serde_json::json!({ "name": name })),
    }
    code
}

/// What is wanted, on the command line and in the file that it names; nothing more where it was only to be written to a
/// file.
fn command_line(matches: &ArgMatches) -> Result<Option<CommandLine>> {
    let typed = Typed(matches);
    let (file, target) = (said::files(&typed), typed.one("write-file"));
    if target.as_deref() == Some("-") && typed.is_set("json") {
        return Err(Misread("--write-file - and --json exclude each other".to_owned()).into());
    }
    if file.is_empty() && target.is_none() {
        return Ok(Some(command_line::read(matches)?));
    }
    let from_file = match &file[..] {
        [] => Said::default(),
        [path] => file::read(path)?,
        _ => bail!("--file is given twice\n  one file of options can be used"),
    };
    typed.check_given_once(&VIRT_INSTALL)?;
    let said = from_file.with(Said::of(matches));
    let line = command_line::read(&VIRT_INSTALL.command().try_get_matches_from(said.words())?)?;
    if let Some(target) = target {
        write_file::write(&target, &said)?;
        return Ok(None);
    }
    Ok(Some(CommandLine { file: file.into_iter().next(), ..line }))
}

/// The guest of a file of options, if it is there already as the file says.
///
/// # Errors
/// It is there and not as the file says, or the file says what cannot be.
fn is_there(
    connection: &Connection,
    line: &CommandLine,
    file: &str,
    bars: &Bars,
    cancel: &Cancel,
) -> Result<Option<Domain>> {
    // What is only printed or installed anew is so each time.
    if line.request.dry_run || line.request.reinstall.is_some() {
        return Ok(None);
    }
    let Some(domain) = install::existing(connection, &line.request)? else { return Ok(None) };
    // Whatever comes of it, nothing but the media is read from here on.
    cancel.on_signals().context(UNHEARD)?;
    let name = domain.name();
    let differences = install::differences(connection, &line.request, &domain, cancel)?;
    if !differences.is_empty() {
        bail!(
            "Guest '{name}' is there already, and not as '{file}' says\n  {}\n  \
             hint: virt-xml {name} --edit … changes it; after virsh undefine {name}, which keeps its disks, a new one \
             can be made",
            differences.join("\n  ")
        );
    }
    let beside = match line.cloud_init.is_some() || line.unattended.is_some() {
        true => " (but for its first boot, which is over)",
        false => "",
    };
    bars.note(&format!(
        "Guest '{name}' is there already, with all that '{file}' says{beside}: nothing is to be done."
    ));
    Ok(Some(domain))
}

/// The plan; on a terminal, what is missing for it is asked for, and then all that was left out.
fn plan(connection: &Connection, line: &mut CommandLine, bars: &Bars, cancel: &Cancel) -> Result<Plan> {
    let mut planned = Plan::new(connection, &line.request, bars, cancel);
    if !ask::is_possible() || !matches!(planned, Err(Error::Missing(_))) {
        return Ok(planned?);
    }
    while let Err(Error::Missing(missing)) = &planned {
        prompt::ask_missing(connection, &mut line.request, missing)?;
        planned = Plan::new(connection, &line.request, &Silent, cancel);
    }
    let planned = planned?;
    if line.request.reinstall.is_some() {
        return Ok(planned);
    }
    prompt::ask_rest(connection, &mut line.request, planned.os())?;
    Ok(Plan::new(connection, &line.request, bars, cancel)?)
}

/// What is about to be done, for whoever looks for a fault: on standard error, as the peer's.
fn detail(connection: &Connection, plan: &Plan) {
    let versions = [
        ("libvirt", hypervisor::library_version().ok()),
        ("hypervisor", connection.hypervisor_version().ok().flatten()),
    ];
    report::debug(&format!("virt-install {} on {}", env!("CARGO_PKG_VERSION"), connection.uri()));
    for (what, version) in versions {
        if let Some(version) = version {
            report::debug(&format!("{what} {version}"));
        }
    }
    for reason in plan.reasons() {
        report::debug(&format!("chosen: {reason}"));
    }
    for (name, text) in plan.scripts() {
        report::debug(&format!("Generated script contents: {name}\n{text}"));
    }
    for (number, step) in plan.steps().iter().enumerate() {
        report::debug(&format!("definition {}:\n{step}", number + 1));
    }
}

/// What was chosen and why; beside printed XML it goes to standard error.
fn explain(plan: &Plan, beside_xml: bool) {
    for reason in plan.reasons() {
        if beside_xml {
            // Said for people only.
            let _ = writeln!(std::io::stderr(), "{reason}");
        } else {
            report::line(&reason.to_string());
        }
    }
}

fn show(plan: &Plan, print: Print, result: &mut Outcome) -> Result<()> {
    let steps = plan.steps();
    match print {
        Print::All => steps.iter().for_each(|step| result.print("definitions", step)),
        Print::Step(number) => {
            let step = steps
                .get(number - 1)
                .with_context(|| format!("Requested installation does not have XML step {number}"))?;
            result.print("definitions", step);
        }
    }
    Ok(())
}

/// What is seen of the guest meanwhile.
#[derive(Debug, Clone, Copy)]
struct View {
    console: Console,
    /// Its screen is only to be had from the hypervisor itself.
    attach: bool,
    /// Somebody looked at it until the window or the console was closed.
    was_seen: bool,
}

impl View {
    /// The console that the guest has and the user wants.
    fn of(plan: &Plan, line: &CommandLine) -> View {
        let definition = plan.steps().first().and_then(|xml| Document::parse(xml).ok());
        let get = |place: &str| {
            let document = definition.as_ref()?;
            document.get(document.root(), place).map(|text| text.into_owned())
        };
        let has = |place: &str| definition.as_ref().is_some_and(|xml| xml.find(xml.root(), place).is_some());
        let attach = get("devices/graphics/gl/@enable").is_some_and(|on| on == "yes")
            || get("devices/graphics/listen/@type").is_some_and(|kind| kind == "none");
        let kind = get("devices/graphics/@type");
        let fitting = match kind.as_deref() {
            // What is said on the first boot is said there.
            _ if line.cloud_init.is_some() => Console::Text,
            Some("vnc" | "spice") => Console::Graphical,
            Some(_) => Console::None,
            None if has("devices/console") || has("devices/serial") => Console::Text,
            None => Console::None,
        };
        let console = if line.console == Console::Fitting { fitting } else { line.console };
        View { console, attach, was_seen: false }
    }

    fn is_text(self) -> bool {
        self.console == Console::Text && ask::is_possible()
    }
}

/// Waits for the end of an installation that nobody can look at, unless it is said how long to wait.
fn wait_unseen(plan: &Plan, line: &mut CommandLine, view: View, bars: &Bars) {
    let is_unseen = match view.console {
        Console::Graphical => console::lacks_window(),
        Console::None => Some("the guest has none"),
        Console::Fitting | Console::Text => None,
    };
    if let Some(why) = is_unseen
        && line.console == Console::Fitting
        && line.wait.is_none()
        && plan.has_install_boot()
    {
        bars.warn(&format!("No console is opened: {why}. Waiting for the installation, as with --wait -1."));
        line.wait = Some(-1);
    }
}

/// Stays with the guest while it installs, as far as that is wanted. Returns whether somebody saw it.
fn attend(connection: &Connection, line: &CommandLine, view: View, domain: &Domain, bars: &Bars) -> bool {
    let attended = match view.console {
        Console::Text if ask::is_possible() => match console::text(domain) {
            Ok(_) => true,
            Err(error) => {
                report::warning(&format!("{error:#}"));
                false
            }
        },
        Console::Text => {
            bars.note("Not on a terminal, so not connected to the guest's console; to connect:");
            bars.note(&format!("  virsh --connect {} console {}", connection.uri(), domain.name()));
            false
        }
        Console::Graphical => match console::window(connection, domain, view.attach) {
            // Who says how long to wait does not wait for the window.
            Ok(_) if line.wait.is_some() => false,
            Ok(mut window) => {
                if !window.wait().is_ok_and(|ended| ended.success()) {
                    bars.warn("The viewer ended with a failure.");
                }
                true
            }
            Err(error) => {
                bars.note(&format!("{error:#}; to see it from elsewhere:"));
                bars.note(&format!("  virt-viewer --connect {} {}", connection.uri(), domain.name()));
                false
            }
        },
        Console::Fitting | Console::None => false,
    };
    if attended && line.destroy_on_exit {
        force_off(domain);
    }
    attended
}

/// Forces the guest off, if it runs.
fn force_off(domain: &Domain) {
    if domain.is_active().unwrap_or(false)
        && let Err(error) = domain.destroy(DestroyFlags::NONE)
    {
        report::warning(&error.to_string());
    }
}

/// Waits as long as the user wants, and says how it went.
fn outcome(
    connection: &Connection,
    line: &CommandLine,
    view: View,
    mut installing: Installing,
    bars: &Bars,
    cancel: &Cancel,
    result: &mut Outcome,
) -> Result<ExitCode> {
    // Without --wait only a guest that is stopping right now is waited for: its console has just closed.
    let limit = match line.wait {
        None => Some(if view.was_seen { GLANCE } else { Duration::ZERO }),
        Some(minutes) => u64::try_from(minutes).ok().map(|minutes| Duration::from_secs(60 * minutes)),
    };
    if line.wait.is_some_and(|minutes| minutes != 0) && installing.is_running() {
        bars.note("\nDomain is still running. Installation may be in progress.");
        bars.note(&match limit {
            Some(limit) => {
                format!("Waiting {} minutes for the installation to complete.", limit.as_secs() / 60)
            }
            None => "Waiting for the installation to complete.".to_owned(),
        });
    }
    match installing.wait(limit, bars, cancel)? {
        Waited::Left => return Ok(ExitCode::SUCCESS),
        Waited::TimeOver if line.wait.is_some_and(|minutes| minutes > 0) => {
            let why = "Installation has exceeded specified time limit.";
            bars.note(&format!("{why} Exiting application."));
            result.fail(&anyhow::anyhow!(why));
            return Ok(ExitCode::FAILURE);
        }
        // It was started to run, not to stop.
        Waited::TimeOver if !installing.plan().has_install_boot() => {}
        Waited::TimeOver => {
            bars.note("\nDomain is still running. Installation may be in progress.");
            bars.note("You can reconnect to the console to complete the installation process.");
            return Ok(ExitCode::SUCCESS);
        }
        Waited::Stopped => {}
    }
    let installed = if line.destroy_on_exit { installing.leave_off() } else { installing.finish()? };
    if installed.restarted {
        bars.note("Restarting guest.");
    } else if installed.stopped_by_user && !line.destroy_on_exit {
        bars.note("The guest was forced off or saved while it was installed, and is not started again.");
    }
    bars.note("Domain creation completed.");
    let Some(domain) = installed.domain else { return Ok(ExitCode::SUCCESS) };
    if !installed.running {
        bars.note("You can restart your domain by running:");
        bars.note(&format!("  virsh --connect {} start {}", connection.uri(), domain.name()));
    } else if installed.restarted && (view.is_text() || view.console == Console::Graphical) {
        let line = CommandLine { wait: None, ..line.clone() };
        attend(connection, &line, view, &domain, bars);
    }
    Ok(ExitCode::SUCCESS)
}
