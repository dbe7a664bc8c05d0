//! What `virsh -v` and `virsh -V` say.

use hypervisor::library_version;

use crate::failure::Failure;

/// The version: in short libvirt's, which scripts compare with what they need; in full ours as well.
///
/// # Errors
/// When libvirt cannot be used at all.
pub(crate) fn text(long: bool) -> Result<String, Failure> {
    let libvirt = library_version()?;
    if !long {
        return Ok(format!("{libvirt}\n"));
    }
    Ok(format!(
        "virsh of xctl {}, talking through libvirt {libvirt}\nBuilt for {} {}\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    ))
}
