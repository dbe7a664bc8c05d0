//! Two hosts on one machine, for guests that move: two networks of their own, joined by a switch, with a libvirt daemon of
//! an unprivileged user in each. They listen on TCP and TLS, and see the same files.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, KeyUsagePurpose,
};

use crate::PATIENCE;
use crate::need::Need;
use crate::output::Output;
use crate::user::{Running, User};

/// What two hosts cannot be made without.
pub(crate) const NEEDS: &[Need] = &[
    crate::need::QEMU,
    Need::Program("libvirtd"),
    Need::Program("ip"),
    Need::Program("nsenter"),
    Need::Networks,
];

const NETWORK: &str = include_str!("network.sh");

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    A,
    B,
}

impl Host {
    fn name(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }

    fn address(self) -> &'static str {
        match self {
            Self::A => "10.99.0.11",
            Self::B => "10.99.0.12",
        }
    }

    /// Where the other one reaches it, by `tcp` or `tls`.
    pub(crate) fn uri(self, transport: &str) -> String {
        format!("qemu+{transport}://{}/session", self.address())
    }
}

/// The two hosts, until this is dropped.
pub(crate) struct TwoHosts {
    /// Whose files both hosts see, in a home around theirs.
    pub(crate) user: User,
    _network: Running,
}

impl TwoHosts {
    /// Both with nothing on them.
    pub(crate) fn start() -> Result<Self> {
        let user = User::new()?;
        let authority = authority()?;
        for host in [Host::A, Host::B] {
            furnish(&user, host, &authority)?;
        }
        user.file("network.sh", NETWORK)?;
        user.run(&["mkfifo", &user.text("wires")])?.ok()?;
        let line = ["unshare", "--user", "--map-current-user", "--keep-caps", "--net", "sh", "network.sh"];
        let mut network = user.start("network", &[&line[..], &[&*user.home().to_string_lossy()]].concat())?;
        network.wait_for("ready")?;
        let hosts = Self { user, _network: network };
        hosts.answers(Host::A)?;
        hosts.answers(Host::B)?;
        Ok(hosts)
    }

    /// Runs a line of virsh on a host.
    pub(crate) fn virsh(&self, host: Host, line: &str) -> Result<Output> {
        self.user.run(&self.line(host, line)?.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Starts a line of virsh on a host and leaves it running.
    pub(crate) fn begin(&self, host: Host, line: &str) -> Result<Running> {
        self.user.start("begun", &self.line(host, line)?.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn line(&self, host: Host, line: &str) -> Result<Vec<String>> {
        let home = self.user.text(host.name());
        let process = std::fs::read_to_string(format!("{home}/process")).context("the host is not there")?;
        // Whoever does not answer for some seconds is gone. A daemon that libvirt would start by itself does not listen.
        let words = format!(
            "nsenter --target {} --user --net --preserve-credentials -- env HOME={home} XDG_RUNTIME_DIR={home}/run \
             LIBVIRT_AUTOSTART=0 virsh -k 3 -K 5 -c qemu:///session",
            process.trim()
        );
        Ok(words.split(' ').chain([line]).map(str::to_owned).collect())
    }

    /// Ends a host's daemon as a crash does; its guests go on, and another daemon comes.
    pub(crate) fn crash(&self, host: Host) -> Result<()> {
        let file = self.user.path(&format!("{}/run/libvirt/libvirtd.pid", host.name()));
        let process: i32 = std::fs::read_to_string(file)?.trim().parse()?;
        kill(Pid::from_raw(process), Signal::SIGKILL).context("the daemon")
    }

    /// Pulls a host's wire, or puts it back.
    pub(crate) fn wire(&self, host: Host, is_in: bool) -> Result<()> {
        let state = if is_in { "up" } else { "down" };
        std::fs::write(self.user.path("wires"), format!("{} {state}\n", host.name()))
            .context("the network does not listen")
    }

    /// Waits until a host's daemon is there.
    pub(crate) fn answers(&self, host: Host) -> Result<()> {
        self.until(host, "uri", |output| output.code == 0).map(drop)
    }

    /// Asks a host until it answers so.
    pub(crate) fn until(&self, host: Host, line: &str, is_so: impl Fn(&Output) -> bool) -> Result<Output> {
        let end = Instant::now() + PATIENCE;
        loop {
            let output = self.virsh(host, line)?;
            if is_so(&output) {
                return Ok(output);
            }
            let log = || std::fs::read_to_string(self.user.path(&format!("{}/log", host.name())));
            ensure!(Instant::now() < end, "host {}: {output}\n{}", host.name(), log().unwrap_or_default());
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Makes a host's home: its daemon's configuration and certificates.
fn furnish(user: &User, host: Host, authority: &CertifiedIssuer<'_, KeyPair>) -> Result<()> {
    let name = host.name();
    for directory in ["", "/run", "/.config", "/.config/libvirt", "/.pki", "/.pki/libvirt"] {
        user.directory(&format!("{name}{directory}"))?;
    }
    let address = host.address();
    let daemon = format!(
        "listen_tcp = 1\nauth_tcp = \"none\"\nlisten_tls = 1\nauth_tls = \"none\"\nlisten_addr = \"{address}\"\n\
         host_uuid = \"8c1f5d35-6a6c-4a5e-a3f7-52c7f2a6d0{}\"\n",
        &address[address.len() - 2..]
    );
    user.file(&format!("{name}/.config/libvirt/libvirtd.conf"), daemon)?;
    user.file(&format!("{name}/.config/libvirt/qemu.conf"), format!("migration_host = \"{address}\"\n"))?;
    user.file(&format!("{name}/.pki/libvirt/cacert.pem"), authority.pem())?;
    for (role, usage) in
        [("server", ExtendedKeyUsagePurpose::ServerAuth), ("client", ExtendedKeyUsagePurpose::ClientAuth)]
    {
        let key = KeyPair::generate()?;
        let mut wanted = CertificateParams::new([address.to_owned()])?;
        wanted.distinguished_name = named(&format!("{role} {name}"));
        wanted.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        wanted.extended_key_usages = vec![usage];
        let certificate = wanted.signed_by(&key, authority)?;
        user.file(&format!("{name}/.pki/libvirt/{role}cert.pem"), certificate.pem())?;
        user.file(&format!("{name}/.pki/libvirt/{role}key.pem"), key.serialize_pem())?;
    }
    // Where the network tells the host that it is wired.
    user.run(&["mkfifo", &user.text(&format!("{name}/wired"))])?.ok()?;
    Ok(())
}

/// Whom both hosts trust.
fn authority() -> Result<CertifiedIssuer<'static, KeyPair>> {
    let mut wanted = CertificateParams::new([])?;
    wanted.distinguished_name = named("authority");
    wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    wanted.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(CertifiedIssuer::self_signed(wanted, KeyPair::generate()?)?)
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}
