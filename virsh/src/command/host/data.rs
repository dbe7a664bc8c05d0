//! What the host is, as data.

use hypervisor::library_version;

use crate::command::Answer;
use crate::failure::Attempted;
use crate::output::Record;
use crate::output::field::{bytes, list, measured, number, text};

pub(super) const NODE: Answer = Answer::facts(
    &[
        text("cpu_model", "the processor's architecture"),
        number("cpus", "processors that are online"),
        measured("cpu_frequency", "MHz", "their frequency; null where it is not known"),
        number("sockets", "sockets in each NUMA cell"),
        number("cores", "cores in each socket"),
        number("threads", "threads in each core"),
        number("cells", "NUMA cells"),
        bytes("memory", "all its memory"),
    ],
    |control, _| {
        let info =
            control.connection()?.node_info().attempted(|| "failed to get node information".to_owned())?;
        Ok(Record::new()
            .with("cpu_model", info.model)
            .with("cpus", info.cpus)
            .with("cpu_frequency", Some(info.mhz).filter(|frequency| *frequency != 0))
            .with("sockets", info.sockets)
            .with("cores", info.cores)
            .with("threads", info.threads)
            .with("cells", info.nodes)
            .with("memory", info.memory))
    },
);

pub(super) const VERSION: Answer = Answer::facts(
    &[
        text("library", "version of libvirt here"),
        text("driver", "libvirt's name of the hypervisor"),
        text("hypervisor", "version of the hypervisor; null where it has none"),
        text("daemon", "version of libvirt's daemon, with --daemon"),
    ],
    |control, arguments| {
        let connection = control.connection()?;
        let hypervisor = connection
            .hypervisor_version()
            .attempted(|| "failed to get the hypervisor version".to_owned())?;
        let daemon = match arguments.has("daemon") {
            true => Some(
                connection.daemon_version().attempted(|| "failed to get the daemon version".to_owned())?,
            ),
            false => None,
        };
        let library = library_version().attempted(|| "failed to get the library version".to_owned())?;
        Ok(Record::new()
            .with("library", library.to_string())
            .with("driver", connection.driver().attempted(|| "failed to get hypervisor type".to_owned())?)
            .with("hypervisor", hypervisor.map(|version| version.to_string()))
            .with("daemon", daemon.map(|version| version.to_string())))
    },
);

pub(super) const CPUS: Answer = Answer::facts(
    &[
        number("present", "how many processors there are"),
        number("online", "how many of them are online"),
        list("map", "the numbers of those"),
    ],
    |control, _| {
        let map = control.connection()?.cpu_map().attempted(|| "Unable to get cpu map".to_owned())?;
        let online: Vec<usize> =
            map.iter().enumerate().filter(|(_, online)| **online).map(|(number, _)| number).collect();
        Ok(Record::new().with("present", map.len()).with("online", online.len()).with("map", online))
    },
);
