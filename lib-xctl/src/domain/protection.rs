//! What hides a guest from its host, or a container's users from the host's.

use crate::property::{Property, TABLE, Table, rows};

/// `--launchSecurity`.
pub static LAUNCH_SECURITY: Table = Table {
    option: "launchSecurity",
    aliases: &["launchsecurity"],
    element: "launchSecurity",
    first: &["type"],
    none: true,
    rows: &[LAUNCH],
    help: "Memory that the host cannot read",
    ..TABLE
};

/// `--keywrap`.
pub static KEYWRAP: Table = Table {
    option: "keywrap",
    element: "keywrap",
    rows: &[KEYS],
    help: "Protected keys of s390x guests",
    ..TABLE
};

/// `--idmap`.
pub static IDMAP: Table = Table {
    option: "idmap",
    element: "idmap",
    rows: &[IDS],
    help: "Which users of the host a container's users are",
    ..TABLE
};

const LAUNCH: &[Property] = rows! {
    "type": Enum(&["sev", "sev-snp", "tdx", "s390-pv"]) => "launchSecurity/@type", "How memory is protected";
    "kernelHashes": YesNo => "launchSecurity/@kernelHashes", "Whether kernel and initial RAM disk are measured";
    "authorKey": YesNo => "launchSecurity/@authorKey", "Whether the identity of SEV-SNP has an author's key";
    "vcek": YesNo => "launchSecurity/@vcek", "Whether reports are signed by the chip's key";
    "cbitpos": Integer => "launchSecurity/cbitpos", "Bit of an address that says memory is encrypted";
    "reducedPhysBits": Integer => "launchSecurity/reducedPhysBits", "Bits of addresses that are lost to that";
    "policy": Text => "launchSecurity/policy", "What the host may do";
    "dhCert": Text => "launchSecurity/dhCert", "Diffie-Hellman key of the guest's owner";
    "session": Text => "launchSecurity/session", "Session of the guest's owner";
    "guestVisibleWorkarounds": Text => "launchSecurity/guestVisibleWorkarounds", "Workarounds of SEV-SNP that the guest sees";
    "idBlock": Text => "launchSecurity/idBlock", "Expected measure of SEV-SNP";
    "idAuth": Text => "launchSecurity/idAuth", "Who signed it";
    "hostData": Text => "launchSecurity/hostData", "Data of the host for reports";
    "mrConfigId": Text => "launchSecurity/mrConfigId", "Id of the configuration that TDX reports, base64";
    "mrOwner": Text => "launchSecurity/mrOwner", "Id of the guest's owner that TDX reports, base64";
    "mrOwnerConfig": Text => "launchSecurity/mrOwnerConfig", "Id of the owner's configuration that TDX reports, base64";
    "quoteGenerationService": Present => "launchSecurity/quoteGenerationService", "Whether the host signs reports of TDX";
    "quoteGenerationSocket": Text => "launchSecurity/quoteGenerationService/@path", "Socket of the service that signs them";
};

const KEYS: &[Property] = rows! {
    "cipher#.name": Enum(&["aes", "dea"]), commas => "keywrap/cipher[#]/@name", "Cipher";
    "cipher#.state": OnOff => "keywrap/cipher[#]/@state", "Whether the guest can protect its keys";
};

const IDS: &[Property] = rows! {
    "uid.start": Integer => "idmap/uid/@start", "First user in the container";
    "uid.target": Integer => "idmap/uid/@target", "User of the host that this one is";
    "uid.count": Integer => "idmap/uid/@count", "How many users";
    "gid.start": Integer => "idmap/gid/@start", "First group in the container";
    "gid.target": Integer => "idmap/gid/@target", "Group of the host that this one is";
    "gid.count": Integer => "idmap/gid/@count", "How many groups";
};
