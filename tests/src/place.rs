//! Where the programs under test are.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result};

/// Where Debian's installer lies, by release (packages debian-installer-NN-netboot-amd64); the newest counts.
const INSTALLERS: [&str; 2] = [
    "/usr/lib/debian-installer/images/13/amd64/text/debian-installer/amd64",
    "/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64",
];

/// The directory of Debian's installer, with its kernel `linux` and its RAM disk `initrd.gz`.
pub fn installer() -> Option<&'static Path> {
    INSTALLERS.iter().map(Path::new).find(|directory| directory.join("linux").exists())
}

/// The programs of the suite.
pub const PROGRAMS: &[&str] =
    &["virt-install", "virt-xml", "virt-clone", "virsh", "virt-manager", "xmount", "xumount"];

static BIN: OnceLock<PathBuf> = OnceLock::new();

/// A directory that every user can read, holding copies of the programs just built.
///
/// A checkout may lie in a home that the test's user cannot enter, so the programs are copied out of it once.
/// `XCTL_BIN` names another directory to test instead, an installed `/usr/bin` say.
pub fn bin() -> &'static Path {
    BIN.get_or_init(|| match std::env::var_os("XCTL_BIN") {
        Some(directory) => directory.into(),
        None => copy_programs().unwrap_or_else(|error| panic!("the programs under test: {error:?}")),
    })
}

fn copy_programs() -> Result<PathBuf> {
    let directory = tempfile::Builder::new().prefix("xctl-bin-").tempdir()?.keep();
    set_mode(&directory, 0o755)?;
    for program in PROGRAMS {
        let from = built(program)?;
        std::fs::copy(&from, directory.join(program))
            .with_context(|| format!("{} (cargo build --workspace makes it)", from.display()))?;
        set_mode(&directory.join(program), 0o755)?;
    }
    Ok(directory)
}

/// Something that was built beside the suite.
pub fn built(name: &str) -> Result<PathBuf> {
    let suite = std::env::current_exe()?;
    let directory =
        suite.parent().and_then(Path::parent).context("the suite runs from target/PROFILE/deps")?;
    Ok(directory.join(name))
}

/// Sets a path's permission bits.
pub fn set_mode(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
        .with_context(|| format!("permissions of {}", path.display()))
}

/// Removes what [`bin`] copied; the suite calls it once, at its end.
pub fn clean_up() {
    if std::env::var_os("XCTL_BIN").is_none()
        && let Some(directory) = BIN.get()
    {
        let _ = std::fs::remove_dir_all(directory);
    }
}
