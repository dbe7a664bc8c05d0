//! What was typed, as a request to the library and as wishes of how to go about it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ArgMatches;
use xctl::domain;
use xctl::install::{Given, Install, Method, Request, Virtualization};
use xctl::property::{Options, quoted};
use xctl::{cloud_init, unattended};

use super::options::VIRT_INSTALL;
use crate::checks::checks;
use crate::program::{Misread, Typed};
use crate::report;

/// How addresses of hypervisors begin that no medium has.
const LIBVIRT_SCHEMES: [&str; 8] = ["qemu:", "qemu+", "xen:", "xen+", "lxc:", "lxc+", "test:", "test+"];

/// What the user wants of virt-install.
#[derive(Debug, Clone)]
pub(crate) struct CommandLine {
    /// `--file`: the file of options that some of this comes from.
    pub file: Option<String>,
    /// `--connect`.
    pub connect: Option<String>,
    /// The guest.
    pub request: Request,
    /// `--cloud-init`, of which nothing is read yet.
    pub cloud_init: Option<cloud_init::Wish>,
    /// `--unattended`, of which nothing is read yet.
    pub unattended: Option<unattended::Wish>,
    /// `--wait`: minutes; negative waits for ever.
    pub wait: Option<i64>,
    /// `--autoconsole`, `--noautoconsole`.
    pub console: Console,
    /// `--destroy-on-exit`.
    pub destroy_on_exit: bool,
    /// `--print-xml`: the step, or all of them.
    pub print: Option<Print>,
    /// `--explain`.
    pub explain: bool,
    /// `--quiet`.
    pub quiet: bool,
    /// `--debug`.
    pub debug: bool,
}

/// Which console is opened while the guest installs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Console {
    /// The one that fits the guest's graphics.
    Fitting,
    /// The serial one, on this terminal.
    Text,
    /// A window.
    Graphical,
    /// None.
    None,
}

/// Which step's definition is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Print {
    /// All of them.
    All,
    /// This one, from 1.
    Step(usize),
}

/// Understands the command line.
///
/// # Errors
/// An option is given twice, contradicts another, or has a value that cannot be meant.
pub(crate) fn read(matches: &ArgMatches) -> Result<CommandLine> {
    let typed = Typed(matches);
    typed.check_given_once(&VIRT_INSTALL)?;
    for former in ["os-type", "accelerate", "force", "prompt", "check-cpu"] {
        let is_given = if former == "os-type" { typed.one(former).is_some() } else { typed.is_set(former) };
        if is_given {
            report::warning(&format!("--{former} has no effect any more"));
        }
    }
    let minutes = |text: String| {
        text.parse().map_err(|_| Misread(format!("--wait: a number of minutes is wanted, not '{text}'")))
    };
    let wait = typed.one("wait").map(minutes);
    let print = print(&typed)?;
    let wait = wait.transpose()?;
    let mut console = console(&typed)?;
    if wait == Some(0) {
        report::warning("Treating --wait 0 as --noautoconsole");
        console = Console::None;
    }
    let install = typed.one("install").map(|text| install(&text)).transpose()?;
    let installs_nothing = install.as_ref().is_some_and(|install| install.no_install);
    let method = method(&typed, install)?;
    let request = Request {
        name: typed.some("name"),
        options: options(&typed)?,
        // What boots from a CD-ROM and is not to be installed is a live system.
        live: typed.is_set("livecd") || (installs_nothing && matches!(method, Some(Method::Cdrom(_)))),
        // A definition can be looked at whatever it is installed from.
        method: method.or(print.is_some().then_some(Method::Boot)),
        extra_args: typed.all("extra-args"),
        initrd_inject: typed.all("initrd-inject").into_iter().map(PathBuf::from).collect(),
        cloud_init: None,
        unattended: None,
        osinfo: typed.one("osinfo"),
        virt_type: typed.some("virt-type"),
        arch: typed.some("arch"),
        machine: typed.some("machine"),
        virtualization: virtualization(&typed)?,
        reinstall: typed.some("reinstall"),
        transient: typed.is_set("transient"),
        autostart: typed.is_set("autostart"),
        no_reboot: typed.is_set("noreboot"),
        dry_run: typed.is_set("dry-run") || print.is_some(),
        checks: checks(&typed.all("check"))?,
    };
    if let Some(guest) = &request.reinstall {
        if typed.one("cloud-init").is_some() || typed.one("image").is_some() {
            bail!("--reinstall boots an installer: --cloud-init and --image are for new guests");
        }
        let mut ignored: Vec<&str> = request.options.iter().map(|given| given.option.as_str()).collect();
        ignored.extend(request.name.as_ref().map(|_| "name"));
        ignored.dedup();
        if !ignored.is_empty() {
            let ignored = ignored.join(", --");
            report::warning(&format!("--reinstall keeps '{guest}' as it is: no effect has --{ignored}"));
        }
    }
    Ok(CommandLine {
        file: None,
        connect: typed.some("connect"),
        request,
        cloud_init: cloud_init(&typed)?,
        unattended: typed.one("unattended").map(|text| unattended::Wish::parse(&text)).transpose()?,
        wait,
        console,
        destroy_on_exit: typed.is_set("destroy-on-exit"),
        print,
        explain: typed.is_set("explain"),
        quiet: typed.is_set("quiet"),
        debug: typed.is_set("debug"),
    })
}

fn print(typed: &Typed<'_>) -> Result<Option<Print>> {
    Ok(match typed.one("print-xml").as_deref() {
        None => None,
        Some("all") => Some(Print::All),
        Some(step) => match step.parse() {
            Ok(step @ 1..=2) => Some(Print::Step(step)),
            _ => bail!("Unknown XML step request '{step}', must be 1, 2, or all"),
        },
    })
}

fn console(typed: &Typed<'_>) -> Result<Console> {
    if typed.is_set("noautoconsole") {
        return Ok(Console::None);
    }
    Ok(match typed.one("autoconsole").as_deref() {
        None | Some("default") => Console::Fitting,
        Some("text") => Console::Text,
        Some("graphical") => Console::Graphical,
        Some("none") => Console::None,
        Some(other) => bail!("--autoconsole {other}: there are text, graphical, none and default"),
    })
}

fn virtualization(typed: &Typed<'_>) -> Result<Option<Virtualization>> {
    let kinds = [
        ("hvm", Virtualization::Full),
        ("paravirt", Virtualization::Para),
        ("container", Virtualization::Container),
    ];
    let mut given = kinds.iter().filter(|(name, _)| typed.is_set(name));
    match (given.next(), given.next()) {
        (None, _) => Ok(None),
        (Some((_, kind)), None) => Ok(Some(*kind)),
        (Some((one, _)), Some((other, _))) => {
            Err(Misread(format!("--{one} and --{other} exclude each other")).into())
        }
    }
}

/// The properties of the guest, those of former options included.
fn options(typed: &Typed<'_>) -> Result<Vec<Given>> {
    let mut given: Vec<Given> = Vec::new();
    for table in VIRT_INSTALL.tables() {
        given.extend(typed.all(table.option).into_iter().map(|text| Given::new(table.option, text)));
    }
    if let Some(mib) = typed.one("ram") {
        given.push(Given::new("memory", mib));
    }
    if let Some(cpus) = typed.one("cpuset") {
        // Of both, this one counts.
        given.push(Given::new("vcpus", format!("cpuset={}", quoted(&cpus))));
    }
    if let Some(program) = typed.one("init") {
        given.push(Given::new("boot", format!("init={}", quoted(&program))));
    }
    for name in ["uuid", "description"] {
        if let Some(value) = typed.one(name) {
            given.push(Given::new("metadata", format!("{name}={}", quoted(&value))));
        }
    }
    for name in ["apic", "acpi"] {
        if typed.is_set(&format!("no{name}")) {
            given.push(Given::new("features", format!("{name}=off")));
        }
    }
    disks(typed, &mut given)?;
    networks(typed, &mut given);
    graphics(typed, &mut given);
    Ok(given)
}

/// Disks as former versions had them; not beside those of today, as nobody can tell which disk is meant.
fn disks(typed: &Typed<'_>, given: &mut Vec<Given>) -> Result<()> {
    let sparse = if typed.is_set("nonsparse") { ",sparse=no" } else { "" };
    let (paths, sizes) = (typed.all("file"), typed.all("file-size"));
    let is_former = !paths.is_empty() || !sizes.is_empty();
    let has_disk = given.iter().any(|one| one.option == "disk");
    if typed.is_set("nodisks") && (is_former || has_disk) {
        bail!("--nodisks is given beside a disk");
    }
    if has_disk && (is_former || typed.is_set("nonsparse")) {
        bail!(
            "--file, --file-size and --nonsparse are not for a guest with --disk\n  \
             hint: --disk PATH,size=GIB,sparse=no says the same"
        );
    }
    for index in 0..paths.len().max(sizes.len()) {
        let path = paths.get(index).map(|path| format!(",path={}", quoted(path)));
        let size = sizes.get(index).map(|size| format!(",size={size}"));
        let text = format!("{}{}{sparse}", path.unwrap_or_default(), size.unwrap_or_default());
        given.push(Given::new("disk", text.trim_start_matches(',')));
    }
    if typed.is_set("nodisks") {
        given.push(Given::new("disk", "none"));
    }
    Ok(())
}

fn networks(typed: &Typed<'_>, given: &mut Vec<Given>) {
    given.extend(typed.all("bridge").into_iter().map(|name| Given::new("network", format!("bridge={name}"))));
    let mut cards: Vec<&mut Given> = given.iter_mut().filter(|one| one.option == "network").collect();
    let macs = typed.all("mac");
    for (card, mac) in cards.iter_mut().zip(&macs) {
        card.text.push_str(&format!(",mac={mac}"));
    }
    let further = macs.get(cards.len()..).unwrap_or_default().to_vec();
    given.extend(further.into_iter().map(|mac| Given::new("network", format!("mac={mac}"))));
    if typed.is_set("nonetworks") {
        given.push(Given::new("network", "none"));
    }
}

fn graphics(typed: &Typed<'_>, given: &mut Vec<Given>) {
    for (option, kind) in [("vnc", "vnc"), ("sdl", "sdl"), ("nographics", "none")] {
        if typed.is_set(option) {
            let mut text = kind.to_owned();
            for (option, name) in [("vncport", "port"), ("vnclisten", "listen"), ("keymap", "keymap")] {
                if let Some(value) = typed.one(option).filter(|_| kind != "none") {
                    text.push_str(&format!(",{name}={value}"));
                }
            }
            given.push(Given::new("graphics", text));
        }
    }
}

/// Where the guest is installed from; `install` is what `--install` says.
fn method(typed: &Typed<'_>, install: Option<Install>) -> Result<Option<Method>> {
    let mut methods: Vec<(&str, Method)> = Vec::new();
    if let Some(path) = typed.some("cdrom") {
        // -c is the hypervisor to virsh and to virt-xml.
        if LIBVIRT_SCHEMES.iter().any(|scheme| path.starts_with(scheme)) {
            bail!(
                "--cdrom {path} looks like the address of a hypervisor\n  \
                 hint: --connect {path} is meant; -c is short for --cdrom here"
            );
        }
        methods.push(("--cdrom", Method::Cdrom(path)));
    }
    if let Some(text) = typed.some("location") {
        methods.push(("--location", location(&text)?));
    }
    if let Some(image) = typed.some("image") {
        methods.push(("--image", Method::Image(image)));
    }
    if typed.is_set("pxe") {
        methods.push(("--pxe", Method::Pxe));
    }
    if typed.is_set("import") {
        methods.push(("--import", Method::Import));
    }
    if methods.len() > 1 {
        let names: Vec<_> = methods.iter().map(|(name, _)| *name).collect();
        bail!("Only one install method can be used ({} are given)", names.join(" and "));
    }
    if let Some(install) = install {
        let boots_kernel = install.kernel.is_some() || install.initrd.is_some();
        return Ok(Some(match methods.pop() {
            // The tree is what --install says more about.
            Some((_, Method::Location { tree, kernel, initrd })) => Method::Install(Install {
                tree: Some(tree),
                kernel: install.kernel.or(kernel),
                initrd: install.initrd.or(initrd),
                ..install
            }),
            Some((name, _)) if boots_kernel => {
                bail!("Only one install method can be used ({name} and --install are given)")
            }
            Some((name, _)) if install.kernel_args.is_some() => {
                bail!(
                    "--install kernel_args= is for the kernel of --location or --install, and {name} boots none"
                )
            }
            // The network is only there to install from.
            Some((_, Method::Pxe)) if install.no_install => {
                Method::Install(Install { bootdev: None, ..install })
            }
            // A device to install from says more than that there is nothing to install.
            Some((_, Method::Import)) if install.bootdev.is_some() => Method::Install(install),
            Some((_, method)) => method,
            None => Method::Install(install),
        }));
    }
    Ok(methods.pop().map(|(_, method)| method).or_else(|| {
        // Boot settings alone say that there is something to boot.
        let boots = |text: &String| text != "menu=on" && !text.is_empty();
        let hands_over = typed.one("cloud-init").is_some_and(|text| !text.is_empty());
        (hands_over || typed.all("boot").iter().any(boots)).then_some(Method::Boot)
    }))
}

fn cloud_init(typed: &Typed<'_>) -> Result<Option<cloud_init::Wish>> {
    Ok(match typed.one("cloud-init").as_deref() {
        Some("") => None,
        Some(text) => Some(cloud_init::Wish::parse(text)?),
        // Nobody could log in otherwise.
        None => typed.one("image").map(|_| cloud_init::Wish::of_user()),
    })
}

fn location(text: &str) -> Result<Method> {
    // A file's own name may hold commas.
    if Path::new(text).exists() {
        return Ok(Method::Location { tree: text.to_owned(), kernel: None, initrd: None });
    }
    let options = suboptions("location", text)?;
    let get = |name| options.get(name).map(str::to_owned);
    let tree = get("location").filter(|tree| !tree.is_empty()).context("--location: the tree is missing")?;
    Ok(Method::Location { tree, kernel: get("kernel"), initrd: get("initrd") })
}

fn install(text: &str) -> Result<Install> {
    let options = suboptions("install", text)?;
    let get = |name| options.get(name).map(str::to_owned);
    Ok(Install {
        tree: None,
        os: get("os"),
        bootdev: get("bootdev"),
        kernel: get("kernel"),
        initrd: get("initrd"),
        kernel_args: get("kernel_args"),
        kernel_args_overwrite: options.is_on("kernel_args_overwrite") == Some(true),
        no_install: options.is_on("no_install") == Some(true),
    })
}

/// The text of an option that is no property of the guest, by its table in the library.
fn suboptions(option: &str, text: &str) -> Result<Options> {
    let table = domain::table(option).with_context(|| format!("--{option} has no table"))?;
    Ok(table.parse(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> Result<CommandLine> {
        let all = std::iter::once("virt-install").chain(words.iter().copied());
        read(&VIRT_INSTALL.command().try_get_matches_from(all)?)
    }

    fn given(words: &[&str]) -> Vec<(String, String)> {
        let options = line(words).unwrap().request.options;
        options.into_iter().map(|given| (given.option, given.text)).collect()
    }

    #[test]
    fn former_options_say_what_the_present_ones_say() {
        let pair = |option: &str, text: &str| (option.to_owned(), text.to_owned());
        assert_eq!(
            given(&["--ram", "512", "--nographics"]),
            [pair("memory", "512"), pair("graphics", "none")]
        );
        assert_eq!(
            given(&["-f", "/a,b", "-s", "4", "--nonsparse"]),
            [pair("disk", r"path=/a\,b,size=4,sparse=no")]
        );
        assert_eq!(
            given(&["-b", "br0", "-m", "52:54:00:00:00:01"]),
            [pair("network", "bridge=br0,mac=52:54:00:00:00:01")]
        );
        assert_eq!(given(&["--vnc", "--vncport", "5910"]), [pair("graphics", "vnc,port=5910")]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (words, why) in [
            (&["--name", "a", "--name", "b"][..], "--name is given twice"),
            (&["--pxe", "--import"], "Only one install method"),
            (&["--hvm", "--paravirt"], "exclude each other"),
            (&["-c", "qemu+ssh://host/system"], "--connect qemu+ssh://host/system is meant"),
            (&["--check", "disks=off"], "unknown check 'disks'"),
            (&["--print-xml", "9"], "Unknown XML step request"),
            (&["--wait", "soon"], "--wait"),
        ] {
            let error = format!("{:#}", line(words).unwrap_err());
            assert!(error.contains(why), "{words:?}: {error}");
        }
    }

    #[test]
    fn waiting_and_printing_take_a_value_or_none() {
        assert_eq!(line(&["--wait"]).unwrap().wait, Some(-1));
        assert_eq!(line(&["--wait", "-1"]).unwrap().wait, Some(-1));
        assert_eq!(line(&["--wait=10", "--pxe"]).unwrap().wait, Some(10));
        assert_eq!(line(&["--print-xml", "--pxe"]).unwrap().print, Some(Print::All));
        assert_eq!(line(&["--print-xml", "2"]).unwrap().print, Some(Print::Step(2)));
    }
}
