//! Devices of a domain: attaching and detaching, disks' sizes and traffic, network addresses.
#![allow(unsafe_code)]

use std::ffi::{CString, c_int};
use std::mem::{MaybeUninit, size_of};

use virt_sys as sys;

use super::Domain;
use crate::call::{Call, copy_text};
use crate::flags::Affect;
use crate::handle::calls;
use crate::{Bytes, Result};

/// Sizes of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockInfo {
    /// What the guest sees.
    pub capacity: Bytes,
    /// What the guest has written, as far as the format knows.
    pub allocation: Bytes,
    /// What it takes on the host.
    pub physical: Bytes,
}

/// Traffic of a disk; `None` is a figure that the hypervisor does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockStats {
    /// Read requests.
    pub read_requests: Option<u64>,
    /// Bytes read.
    pub read_bytes: Option<u64>,
    /// Write requests.
    pub write_requests: Option<u64>,
    /// Bytes written.
    pub write_bytes: Option<u64>,
    /// Failed requests.
    pub errors: Option<u64>,
}

/// Traffic of a network interface; `None` is a figure that the hypervisor does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InterfaceStats {
    /// Received: bytes, packets, errors, dropped packets.
    pub received: [Option<u64>; 4],
    /// Sent: bytes, packets, errors, dropped packets.
    pub sent: [Option<u64>; 4],
}

/// Where a guest's network addresses are learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressSource {
    /// The leases of libvirt's networks.
    Lease,
    /// The guest's agent.
    Agent,
    /// The host's table of neighbours.
    Arp,
}

/// A network interface as the guest has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestInterface {
    /// Its name, in the guest or on the host, as the source knows it.
    pub name: String,
    /// Its hardware address; empty where it has none.
    pub hardware: String,
    /// Its network addresses.
    pub addresses: Vec<GuestAddress>,
}

/// A network address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestAddress {
    /// Whether it is an IPv6 address, and not an IPv4 one.
    pub is_ipv6: bool,
    /// The address.
    pub address: String,
    /// The length of its network's prefix, in bits.
    pub prefix: u32,
}

calls! { Domain {
    /// Adds a device.
    attach_device(xml: &str, affect: Affect) = "attach a device to", attach_device_flags(xml, affect.0);
    /// Takes a device away; a guest may take its time to let it go.
    detach_device(xml: &str, affect: Affect) = "detach a device from", detach_device_flags(xml, affect.0);
    /// Changes a device, e.g. the medium of a drive.
    update_device(xml: &str, affect: Affect) = "update a device of", update_device_flags(xml, affect.0);
}}

fn counted(figure: i64) -> Option<u64> {
    u64::try_from(figure).ok()
}

impl Domain {
    fn device_call(&self, attempted: &str, device: &str) -> Result<(Call<'_>, CString)> {
        let call = Call::new(format!("{attempted} '{device}' of"), self);
        let device = call.c_text(device)?;
        Ok((call, device))
    }

    /// The sizes of a disk, given by target (`vda`) or by path.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn block_info(&self, disk: &str) -> Result<BlockInfo> {
        let (call, disk) = self.device_call("ask for the size of", disk)?;
        let mut info = sys::virDomainBlockInfo { capacity: 0, allocation: 0, physical: 0 };
        // SAFETY: the handle owns the domain; text and `info` live during the call.
        call.done(|| unsafe {
            sys::virDomainGetBlockInfo(self.raw.as_ptr(), disk.as_ptr(), &raw mut info, 0)
        })?;
        Ok(BlockInfo {
            capacity: Bytes(info.capacity),
            allocation: Bytes(info.allocation),
            physical: Bytes(info.physical),
        })
    }

    /// The traffic of a disk, given by target or by path; an empty one means all disks.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn block_stats(&self, disk: &str) -> Result<BlockStats> {
        let (call, disk) = self.device_call("ask for the traffic of", disk)?;
        let mut stats = MaybeUninit::<sys::virDomainBlockStatsStruct>::zeroed();
        let size = size_of::<sys::virDomainBlockStatsStruct>();
        // SAFETY: the handle owns the domain, and `size` is the size of `stats`.
        call.done(|| unsafe {
            sys::virDomainBlockStats(self.raw.as_ptr(), disk.as_ptr(), stats.as_mut_ptr(), size)
        })?;
        // SAFETY: all zeros are valid numbers, and libvirt has filled them in.
        let stats = unsafe { stats.assume_init() };
        Ok(BlockStats {
            read_requests: counted(stats.rd_req),
            read_bytes: counted(stats.rd_bytes),
            write_requests: counted(stats.wr_req),
            write_bytes: counted(stats.wr_bytes),
            errors: counted(stats.errs),
        })
    }

    /// The traffic of a network interface, given by its name on the host or its hardware address.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn interface_stats(&self, interface: &str) -> Result<InterfaceStats> {
        let (call, interface) = self.device_call("ask for the traffic of", interface)?;
        let mut stats = MaybeUninit::<sys::virDomainInterfaceStatsStruct>::zeroed();
        let size = size_of::<sys::virDomainInterfaceStatsStruct>();
        // SAFETY: the handle owns the domain, and `size` is the size of `stats`.
        call.done(|| unsafe {
            sys::virDomainInterfaceStats(self.raw.as_ptr(), interface.as_ptr(), stats.as_mut_ptr(), size)
        })?;
        // SAFETY: all zeros are valid numbers, and libvirt has filled them in.
        let stats = unsafe { stats.assume_init() };
        Ok(InterfaceStats {
            received: [stats.rx_bytes, stats.rx_packets, stats.rx_errs, stats.rx_drop].map(counted),
            sent: [stats.tx_bytes, stats.tx_packets, stats.tx_errs, stats.tx_drop].map(counted),
        })
    }

    /// The guest's network addresses.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn interface_addresses(&self, source: AddressSource) -> Result<Vec<GuestInterface>> {
        let source = match source {
            AddressSource::Lease => sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE,
            AddressSource::Agent => sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT,
            AddressSource::Arp => sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP,
        };
        let mut list: *mut sys::virDomainInterfacePtr = std::ptr::null_mut();
        // SAFETY: the handle owns the domain, and `list` lives during the call.
        let count = self.call("ask for the addresses of").number(|| unsafe {
            sys::virDomainInterfaceAddresses(self.raw.as_ptr(), &raw mut list, source, 0)
        })?;
        let count = usize::try_from(count).unwrap_or_default();
        // SAFETY: libvirt filled in `count` interfaces, each ours to free.
        let found = (0..count).map(|index| unsafe { take_interface(*list.add(index)) }).collect();
        // SAFETY: the list came from malloc and is ours too.
        unsafe { libc::free(list.cast()) };
        Ok(found)
    }
}

/// Copies an interface and frees libvirt's.
///
/// # Safety
/// `interface` is one that libvirt gave to the caller to own.
unsafe fn take_interface(interface: sys::virDomainInterfacePtr) -> GuestInterface {
    // SAFETY: promised by the caller; so are the texts and the addresses in it.
    let copy = unsafe {
        let raw = &*interface;
        let addresses = (0..raw.naddrs as usize).map(|index| &*raw.addrs.add(index));
        GuestInterface {
            name: copy_text(raw.name),
            hardware: copy_text(raw.hwaddr),
            addresses: addresses
                .map(|address| GuestAddress {
                    is_ipv6: address.type_ == sys::VIR_IP_ADDR_TYPE_IPV6 as c_int,
                    address: copy_text(address.addr),
                    prefix: address.prefix,
                })
                .collect(),
        }
    };
    // SAFETY: it is the caller's to free, and not used again.
    unsafe { sys::virDomainInterfaceFree(interface) };
    copy
}
