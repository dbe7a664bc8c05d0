//! Drivers that Windows' installer takes in, for devices that Windows does not know by itself.

use std::sync::Arc;

use crate::osinfo::{Driver, Os};

/// Addresses of the files.
pub(crate) fn drivers(os: &Os, arch: &str) -> Vec<String> {
    let files = |driver: &Driver| {
        let directory = driver.location.trim_end_matches('/').to_owned();
        driver.files.iter().map(move |file| format!("{directory}/{file}")).collect::<Vec<_>>()
    };
    fitting(os, arch).flat_map(files).collect()
}

/// The system with the devices that it will know once it is installed with them. Where the architecture is not said, it
/// is that of most guests.
pub(crate) fn with_drivers(os: Arc<Os>, arch: Option<&str>) -> Arc<Os> {
    let devices: Vec<String> =
        fitting(&os, arch.unwrap_or("x86_64")).flat_map(|driver| driver.devices.clone()).collect();
    if !os.is_windows() || devices.is_empty() {
        return os;
    }
    let mut os = Arc::unwrap_or_clone(os);
    os.devices.extend(devices);
    Arc::new(os)
}

fn fitting<'a>(os: &'a Os, arch: &str) -> impl Iterator<Item = &'a Driver> {
    os.drivers.iter().filter(move |driver| driver.pre_installable && driver.arch == arch)
}
