//! Programs within a container. That of the tests needs no rights: namespaces that a user makes, under the name of a guest
//! of the test driver, through `described-host` in the place of libvirt's library for containers.

use anyhow::{Context, Result, ensure};

use super::URI;
use crate::Test;
use crate::need::Need;
use crate::output::Output;
use crate::place;
use crate::terminal::Terminal;
use crate::user::{Running, User, finish};

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "a_program_runs_within_a_container",
        needs: &[Need::Namespaces],
        run: a_program_runs_within_a_container,
    },
    Test {
        name: "the_shell_goes_on_after_a_program_in_a_container",
        needs: &[Need::Namespaces],
        run: the_shell_goes_on_after_a_program_in_a_container,
    },
    Test {
        name: "the_terminals_keys_are_for_the_program_in_a_container",
        needs: &[Need::Namespaces],
        run: the_terminals_keys_are_for_the_program_in_a_container,
    },
    Test {
        name: "without_the_library_for_containers_its_package_is_named",
        needs: &[],
        run: without_the_library_for_containers_its_package_is_named,
    },
];

/// What virsh takes for libvirt's library for containers.
const LIBRARY: &str = "lib/libvirt-lxc.so.0";

/// A user with a container, until this is dropped.
struct Container {
    user: User,
    inside: Running,
}

impl Container {
    fn start() -> Result<Self> {
        let user = User::new()?;
        user.directory("lib")?;
        let library = place::built("libdescribed_host.so")?;
        std::fs::copy(&library, user.path(LIBRARY))
            .with_context(|| format!("{} (cargo build --workspace makes it)", library.display()))?;
        user.own(&user.path(LIBRARY))?;
        let line = ["unshare", "--user", "--map-root-user", "--uts", "--pid", "--fork", "--mount-proc"];
        let script = "hostname container && echo ready && exec sleep 1000";
        let mut inside = user.start("container", &[&line[..], &["sh", "-c", script]].concat())?;
        inside.wait_for("ready")?;
        Ok(Self { user, inside })
    }

    fn enter(&self, words: &[&str], input: &str) -> Result<Output> {
        let mut command = self.user.command("virsh");
        command
            .env("LD_LIBRARY_PATH", self.user.path("lib"))
            .env("DESCRIBED_CONTAINER", self.inside.process().to_string())
            .args(["-q", "-c", URI])
            .args(words);
        finish(command, words.join(" "), input)
    }
}

fn a_program_runs_within_a_container() -> Result<()> {
    let container = Container::start()?;
    let enter = |words: &[&str]| container.enter(&[&["lxc-enter-namespace", "test"], words].concat(), "");
    let told =
        enter(&["--", "/bin/sh", "-c", "uname -n; id -u; cat /proc/1/comm; echo $CONFINED_BY"])?.ok()?;
    ensure!(told.stdout == "container\n0\nsleep\ntestSecurity\n", "{told}");
    let told = enter(&["--noseclabel", "--", "/bin/sh", "-c", "echo \"[$CONFINED_BY]\""])?.ok()?;
    ensure!(told.stdout == "[]\n", "{told}");
    // None of the files that lead into the container, or to the hypervisor, is the program's.
    let told = enter(&["--", "/bin/sh", "-c", "ls -l /proc/$$/fd"])?.ok()?;
    ensure!(!["ns:", "user:", "mnt:", "socket:"].iter().any(|file| told.stdout.contains(file)), "{told}");
    let told = container.enter(&["lxc-enter-namespace test cat"], "heard\n")?.ok()?;
    ensure!(told.stdout == "heard\n", "{told}");

    enter(&["--", "/bin/sh", "-c", "exit 7"])?
        .refuses("'/bin/sh' in domain 'test' ended with exit code 7")?;
    enter(&["--", "/bin/sh", "-c", "kill -9 $$"])?.refuses("ended with exit code 137")?;
    enter(&["/no/such"])?.refuses("cannot run '/no/such' in domain 'test': No such file or directory")?;
    Ok(())
}

fn the_shell_goes_on_after_a_program_in_a_container() -> Result<()> {
    let container = Container::start()?;
    let told = container.enter(
        &["lxc-enter-namespace test -- /bin/sh -c 'uname -n'; domstate test; lxc-enter-namespace test /bin/true"],
        "",
    )?;
    let told = told.ok()?;
    ensure!(told.stdout == "container\nrunning\n", "{told}");
    Ok(())
}

fn the_terminals_keys_are_for_the_program_in_a_container() -> Result<()> {
    let container = Container::start()?;
    let (library, process) = (container.user.text("lib"), container.inside.process());
    let program = "trap 'echo caught' INT; echo up; sleep 1000; echo over";
    let mut terminal = Terminal::start(
        &container.user,
        &[
            "env",
            &format!("LD_LIBRARY_PATH={library}"),
            &format!("DESCRIBED_CONTAINER={process}"),
            "virsh",
            "-c",
            URI,
            "lxc-enter-namespace",
            "test",
            "--",
            "/bin/sh",
            "-c",
            program,
        ],
    )?;
    terminal.shows("up")?;
    terminal.types("\x03")?;
    terminal.shows("caught")?;
    terminal.shows("over")?;
    terminal.ends()?.ok()?;
    Ok(())
}

fn without_the_library_for_containers_its_package_is_named() -> Result<()> {
    let user = User::new()?;
    user.directory("lib")?;
    user.file(LIBRARY, "")?;
    let mut command = user.command("virsh");
    command.env("LD_LIBRARY_PATH", user.path("lib")).args([
        "-c",
        URI,
        "lxc-enter-namespace",
        "test",
        "/bin/true",
    ]);
    let told = finish(command, "a library that is none".into(), "")?;
    told.refuses("package libvirt0")?.complains("libvirt-lxc.so.0")?;
    Ok(())
}
