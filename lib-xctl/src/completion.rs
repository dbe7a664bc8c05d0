//! What may come next where a host knows it by name: guests, pools, machines, …, and files.
//!
//! Completion is asked on each press of a key: it opens one connection at most, only if it is needed, and waits for
//! nobody. What it offers comes from others, remote hosts among them: what a shell would run of a name stays a name.

use std::cell::OnceCell;
use std::time::Duration;

use hypervisor::flags::{DomainFilter, NetworkFilter, NodeDeviceFilter, PoolFilter};
use hypervisor::{Connection, OpenOptions};

use crate::capabilities::Host;
use crate::osinfo::Database;
use crate::property::{Kind, Property, Table};

/// Addresses of hypervisors that are offered.
pub const URIS: &[&str] =
    &["qemu:///session", "qemu:///system", "xen:///system", "lxc:///system", "test:///default"];

/// What a value is the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// A file; directories end with a slash.
    Files,
    /// A hypervisor.
    Uris,
    /// A guest.
    Guests,
    /// A virtual network.
    Networks,
    /// A storage pool.
    Pools,
    /// A volume of the pool that is named beside it.
    Volumes,
    /// A device of the host.
    NodeDevices,
    /// A machine type.
    Machines,
    /// An architecture of guests.
    Architectures,
    /// A way to run guests.
    VirtTypes,
    /// A CPU model.
    CpuModels,
    /// An operating system.
    Systems,
}

/// Rows whose values a host knows by name: the option, the row, what it names.
const ROWS: &[(&str, &str, Names)] = &[
    ("cpu", "model", Names::CpuModels),
    ("boot", "machine", Names::Machines),
    ("boot", "arch", Names::Architectures),
    ("boot", "emulator", Names::Files),
    ("boot", "loader", Names::Files),
    ("boot", "domain_type", Names::VirtTypes),
    ("metadata", "os_name", Names::Systems),
    ("osinfo", "name", Names::Systems),
    ("install", "os", Names::Systems),
    ("install", "kernel", Names::Files),
    ("install", "initrd", Names::Files),
    ("cloud-init", "root-password-file", Names::Files),
    ("cloud-init", "root-ssh-key", Names::Files),
    ("cloud-init", "clouduser-ssh-key", Names::Files),
    ("cloud-init", "user-data", Names::Files),
    ("cloud-init", "meta-data", Names::Files),
    ("cloud-init", "network-config", Names::Files),
    ("unattended", "admin-password-file", Names::Files),
    ("unattended", "user-password-file", Names::Files),
    ("disk", "path", Names::Files),
    ("disk", "pool", Names::Pools),
    ("disk", "source.pool", Names::Pools),
    ("disk", "source.volume", Names::Volumes),
    ("disk", "vol", Names::Volumes),
    ("network", "source.network", Names::Networks),
    ("graphics", "listens#.network", Names::Networks),
    ("filesystem", "source.pool", Names::Pools),
    ("filesystem", "source.volume", Names::Volumes),
    ("hostdev", "name", Names::NodeDevices),
];

/// Whether a name can be offered: shells take candidates one a line, and show them as they are.
#[must_use]
pub fn is_offered(name: &str) -> bool {
    !name.contains(crate::steering::steers)
}

/// The completion of bash for a program: a script that asks it with `ask`, where `$1` is the program and `$line` the
/// line up to the cursor, for candidates that are whole words, each on a line, maybe with a tab and its help behind it.
#[must_use]
pub fn bash(program: &str, ask: &str) -> String {
    BASH.replace("@PROGRAM@", program).replace("@FUNCTION@", &program.replace('-', "_")).replace("@ASK@", ask)
}

/// bash replaces `$2`, which begins behind a `=`, a `:` or an open quote, and inserts candidates as they are. So what is
/// before it is cut off each, counted as if nothing were quoted there, and what bash would not take as it is gets
/// backslashes; inside quotes, where each kind wants its own, such a candidate is left out.
const BASH: &str = r##"# bash completion for @PROGRAM@
_@FUNCTION@() {
    local line=${COMP_LINE:0:COMP_POINT} before part found quote=
    local quoted="^([^\"']*)(\"[^\"]*\"|'[^']*')(.*)\$"
    before=${line%"$2"}
    before=${before//\\?/_}
    while [[ $before =~ $quoted ]]; do
        part=${BASH_REMATCH[2]:2}
        before=${BASH_REMATCH[1]}${part//?/_}${BASH_REMATCH[3]}
    done
    if [[ $before == *[\"\'] ]]; then
        quote=1 before=${before%?}
    fi
    before=${before##*[[:space:]]}
    COMPREPLY=()
    while IFS= read -r found; do
        found=${found%%$'\t'*}
        found=${found:${#before}}
        case ${COMPREPLY[0]-$found} in */ | *=) compopt -o nospace 2>/dev/null ;; esac
        if [[ $quote ]]; then
            [[ $found == *[\\\"\'\$\`!]* ]] && continue
        elif [[ $found == *[^[:alnum:]_./:=,+@%~-]* ]]; then
            printf -v found %q "$found"
            found=${found/#'\~/'/'~/'}
        fi
        COMPREPLY+=("$found")
    done < <(@ASK@ 2>/dev/null)
}
complete -F _@FUNCTION@ @PROGRAM@
"##;

/// What the values of a row are the names of, if a host knows them.
#[must_use]
pub fn of_row(table: &Table, row: &Property) -> Option<Names> {
    let listed = ROWS.iter().find(|(option, name, _)| *option == table.option && *name == row.name);
    listed.map(|(.., names)| *names).or((row.kind == Kind::Path).then_some(Names::Files))
}

/// A connection for names: nobody is asked, nothing is changed, and a slow hypervisor is given up.
#[must_use]
pub fn connect(uri: Option<String>) -> Option<Connection> {
    const PATIENCE: Duration = Duration::from_secs(2);
    // ssh would ask on the terminal by itself.
    let uri = uri.map(|uri| match uri.contains("+ssh://") && !uri.contains("no_tty=") {
        true => format!("{uri}{}no_tty=1", if uri.contains('?') { "&" } else { "?" }),
        false => uri,
    });
    let options = OpenOptions { uri, read_only: true, time_limit: Some(PATIENCE), ..OpenOptions::default() };
    Connection::open(&options).ok()
}

/// The files whose path begins so; a directory ends with its slash.
#[must_use]
pub fn files(partial: &str) -> Vec<String> {
    let directory = partial.rfind('/').map_or("", |slash| &partial[..=slash]);
    let place = match directory.strip_prefix("~/") {
        Some(below) => std::env::home_dir().unwrap_or_default().join(below),
        None if directory.is_empty() => ".".into(),
        None => directory.into(),
    };
    let hidden = partial[directory.len()..].starts_with('.');
    let mut found: Vec<String> = std::fs::read_dir(place)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let slash = if entry.path().is_dir() { "/" } else { "" };
            Some(format!("{directory}{}{slash}", entry.file_name().to_str()?))
        })
        .filter(|path| path.starts_with(partial) && (hidden || !path[directory.len()..].starts_with('.')))
        .filter(|path| is_offered(path))
        .collect();
    found.sort();
    found
}

/// A host that is asked for names.
#[derive(Debug, Default)]
pub struct Asked {
    uri: Option<String>,
    connection: OnceCell<Option<Connection>>,
}

impl Asked {
    /// The host of this URI; none is libvirt's own choice.
    #[must_use]
    pub fn new(uri: Option<String>) -> Self {
        Self { uri, connection: OnceCell::new() }
    }

    /// The names that begin so. `pool` is the one that a volume is in. None where the host cannot be reached.
    #[must_use]
    pub fn names(&self, names: Names, partial: &str, pool: Option<&str>) -> Vec<String> {
        let mut found = match names {
            Names::Files => return files(partial),
            Names::Uris => URIS.iter().map(|uri| (*uri).to_owned()).collect(),
            Names::Systems => {
                Database::load().list().into_iter().flat_map(|system| system.short_ids).collect()
            }
            _ => self.known(names, pool).unwrap_or_default(),
        };
        found.retain(|name| name.starts_with(partial) && is_offered(name));
        found.dedup();
        found
    }

    fn known(&self, names: Names, pool: Option<&str>) -> Option<Vec<String>> {
        let connection = self.connection.get_or_init(|| connect(self.uri.clone())).as_ref()?;
        let own = |name: &str| name.to_owned();
        let host = || Host::parse(&connection.capabilities().ok()?).ok();
        Some(match names {
            Names::Guests => {
                connection.domains(DomainFilter::NONE).ok()?.iter().map(|d| own(d.name())).collect()
            }
            Names::Networks => {
                connection.networks(NetworkFilter::NONE).ok()?.iter().map(|n| own(n.name())).collect()
            }
            Names::Pools => connection.pools(PoolFilter::NONE).ok()?.iter().map(|p| own(p.name())).collect(),
            Names::Volumes => {
                let volumes = connection.pool_by_name(pool?).ok()?.volumes().ok()?;
                volumes.iter().map(|volume| own(volume.name())).collect()
            }
            Names::NodeDevices => {
                let devices = connection.node_devices(NodeDeviceFilter::NONE).ok()?;
                devices.iter().map(|device| own(device.name())).collect()
            }
            Names::CpuModels => {
                // Domain capabilities say more, but not to a connection that only reads.
                connection.cpu_models(&host()?.architecture).ok()?
            }
            Names::Machines => {
                let host = host()?;
                let guests = host.guests.iter().filter(|guest| guest.name == host.architecture);
                let machines = guests.flat_map(|guest| {
                    guest.machines.iter().chain(guest.virt_types.iter().flat_map(|kind| &kind.machines))
                });
                sorted(machines.map(|machine| own(&machine.name)).collect())
            }
            Names::Architectures => sorted(host()?.guests.into_iter().map(|guest| guest.name).collect()),
            Names::VirtTypes => {
                let kinds = host()?.guests.into_iter().flat_map(|guest| guest.virt_types);
                sorted(kinds.map(|kind| kind.name).collect())
            }
            Names::Files | Names::Uris | Names::Systems => Vec::new(),
        })
    }

    /// What the text of an option may go on as, each a whole text; names of suboptions end in `=`.
    #[must_use]
    pub fn suboptions(&self, table: &Table, partial: &str) -> Vec<String> {
        table.complete(partial, &|row, before, value| {
            let Some(names) = of_row(table, row) else { return Vec::new() };
            let named = |item: &str| {
                let (name, value) = item.split_once('=')?;
                let row = table.find(name)?.name;
                (row.ends_with("pool")).then(|| value.to_owned())
            };
            // `vol=POOL/VOLUME` says both in one.
            if row.name == "vol" {
                let Some((pool, _)) = value.split_once('/') else {
                    return self
                        .names(Names::Pools, value, None)
                        .into_iter()
                        .map(|pool| pool + "/")
                        .collect();
                };
                let volumes = self.names(names, "", Some(pool)).into_iter();
                return volumes.map(|v| format!("{pool}/{v}")).filter(|v| v.starts_with(value)).collect();
            }
            self.names(names, value, before.split(',').find_map(named).as_deref())
        })
    }
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain;

    #[test]
    fn rows_that_are_listed_are_there() {
        for (option, row, _) in ROWS {
            let table = domain::table(option).unwrap();
            assert!(table.properties().any(|property| property.name == *row), "--{option} {row}");
        }
    }

    #[test]
    fn a_host_is_asked_for_what_it_knows() {
        let asked = Asked::new(Some("test:///default".to_owned()));
        for (option, text, expected) in [
            ("network", "network=de", "network=default"),
            ("network", "network=default,mo", "network=default,model="),
            ("disk", "size=1,pool=def", "size=1,pool=default-pool"),
            ("disk", "vol=", "vol=default-pool/"),
            ("hostdev", "scsi_host1", "scsi_host11"),
            ("hostdev", "name=comp", "name=computer"),
            ("disk", "/etc/host", "/etc/hosts"),
            ("boot", "kernel=/etc/host", "kernel=/etc/hosts"),
            ("install", "kernel=/etc/host", "kernel=/etc/hosts"),
            ("cloud-init", "ssh-key=/etc/host", "ssh-key=/etc/hosts"),
            ("unattended", "profile=j", "profile=jeos"),
            ("disk", "cache=unsa", "cache=unsafe"),
        ] {
            let found = asked.suboptions(domain::table(option).unwrap(), text);
            assert!(found.iter().any(|word| word == expected), "--{option} {text}: {found:?}");
        }
        assert_eq!(asked.names(Names::Guests, "te", None), ["test"]);
        assert_eq!(asked.names(Names::Uris, "qemu:///s", None), ["qemu:///session", "qemu:///system"]);
    }

    #[test]
    fn a_name_with_a_comma_is_offered_as_the_program_reads_it() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().to_str().unwrap();
        std::fs::write(directory.path().join("a,b.img"), "").unwrap();
        let table = domain::table("disk").unwrap();
        for typed in ["a", "a\\,", "a\\,b"] {
            let found = Asked::default().suboptions(table, &format!("size=1,path={place}/{typed}"));
            assert_eq!(found, [format!("size=1,path={place}/a\\,b.img")], "{typed}");
            assert_eq!(table.parse(&found[0]).unwrap().get("path"), Some(&format!("{place}/a,b.img")[..]));
        }
    }

    #[test]
    fn what_cannot_be_reached_knows_nothing() {
        let asked = Asked::new(Some("test:///no/such/file".to_owned()));
        assert!(asked.names(Names::Guests, "", None).is_empty());
    }
}
