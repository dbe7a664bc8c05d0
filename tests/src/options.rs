//! The options' tables beside what they stand for: virt-install's own suboptions, and libvirt's schema.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use xctl::domain::{self, TABLES};

use crate::Test;
use crate::need::{Need, REAL_VIRT_INSTALL};

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "every_suboption_of_debians_virt_install_is_known",
        needs: &[REAL_VIRT_INSTALL],
        run: every_suboption_of_debians_virt_install_is_known,
    },
    Test {
        name: "what_options_write_is_valid_to_libvirts_schema",
        needs: &[Need::Program("xmllint"), SCHEMA],
        run: what_options_write_is_valid_to_libvirts_schema,
    },
];

pub(crate) const SCHEMA_FILE: &str = "/usr/share/libvirt/schemas/domain.rng";
pub(crate) const SCHEMA: Need = Need::File(SCHEMA_FILE, "package libvirt-common or libvirt0");

fn names(listing: &str) -> BTreeSet<&str> {
    listing.lines().filter(|line| line.starts_with("  ")).map(str::trim).collect()
}

fn every_suboption_of_debians_virt_install_is_known() -> Result<()> {
    for table in TABLES {
        let option = format!("--{}=help", table.option);
        let output = Command::new("/usr/bin/virt-install").arg(&option).output()?;
        let theirs = String::from_utf8_lossy(&output.stdout).into_owned();
        let ours = table.help();
        let missing: Vec<&str> = names(&theirs)
            .difference(&names(&ours))
            .copied()
            // They number paths everywhere but in --xml, and offer to empty the element of options that have none.
            .filter(|&name| {
                !(name.starts_with("xpath.") || (name == "clearxml" && matches!(table.element, "" | ".")))
            })
            .collect();
        ensure!(missing.is_empty(), "{option} lacks {missing:?}");
    }
    Ok(())
}

/// Options that together make whole guests, with many suboptions of each.
const GUESTS: &[&[(&str, &str)]] = &[
    &[
        (
            "metadata",
            "name=web,uuid=9d3ea2c8-0f5c-4bcb-9f0e-0a4d6e0f7a11,title=T,description=D,genid_enable=yes",
        ),
        ("memory", "1024,maxmemory=2048,maxMemory=4096,maxMemory.slots=2"),
        (
            "memorybacking",
            "hugepages=on,hugepages.page0.size=2,hugepages.page0.unit=M,locked=on,source.type=memfd,access.mode=shared,allocation.mode=immediate,discard=on,nosharepages=on",
        ),
        (
            "vcpus",
            "4,maxvcpus=8,cpuset=0-3,sockets=1,dies=1,cores=4,threads=2,vcpus.vcpu0.id=0,vcpus.vcpu0.enabled=yes,vcpus.vcpu0.hotpluggable=no",
        ),
        (
            "cpu",
            "Skylake-Client,+vmx,-svm,require=x2apic,model.fallback=forbid,vendor=Intel,check=full,migratable=off,cache.mode=emulate,cache.level=3,maxphysaddr.mode=emulate,maxphysaddr.bits=42,cell0.id=0,cell0.cpus=0-7,cell0.memory=1048576,cell0.distances.sibling0.id=0,cell0.distances.sibling0.value=10",
        ),
        (
            "iothreads",
            "2,iothreadids.iothread0.id=1,iothreadids.iothread1.id=2,defaultiothread.thread_pool_max=8",
        ),
        ("seclabel", "type=static,model=dac,label=107:107,relabel=yes"),
        (
            "boot",
            "hd,cdrom,menu=on,bootmenu.timeout=3000,firmware=efi,firmware.feature0.name=secure-boot,firmware.feature0.enabled=no,loader=/l.fd,loader_ro=yes,loader_type=pflash,loader_secure=no,nvram=/n.fd,nvram_template=/t.fd,smbios_mode=sysinfo,useserial=yes,rebootTimeout=5000,machine=q35,arch=x86_64,os_type=hvm,emulator=/usr/bin/qemu-system-x86_64,acpi.table=/t,acpi.table.type=slic",
        ),
        (
            "features",
            "acpi=on,apic=on,apic.eoi=on,pae=on,smm=on,vmport=off,pmu=on,kvm_hidden=on,kvm.poll-control.state=on,hyperv_relaxed=on,hyperv_vapic=on,hyperv_spinlocks=on,hyperv_spinlocks_retries=8191,hyperv.vendor_id.state=on,hyperv.vendor_id.value=x,hyperv.stimer.state=on,hyperv.stimer.direct.state=on,ioapic.driver=kvm,vmcoreinfo=on",
        ),
        (
            "clock",
            "offset=utc,rtc_tickpolicy=catchup,pit_tickpolicy=delay,hpet_present=no,timer5.name=tsc,timer5.frequency=1000,timer5.mode=native",
        ),
        ("pm", "suspend_to_mem=on,suspend_to_disk=off"),
        ("events", "on_poweroff=destroy,on_reboot=restart,on_crash=preserve,on_lockfailure=pause"),
        ("resource", "/machine/x"),
        (
            "sysinfo",
            "smbios,bios.vendor=v,system.product=p,system.uuid=9d3ea2c8-0f5c-4bcb-9f0e-0a4d6e0f7a11,baseBoard.serial=s,chassis.asset=a,oemStrings.entry0=x,oemStrings.entry1=y",
        ),
        (
            "cputune",
            "shares=5,period=2000,quota=1000,vcpupin0.vcpu=0,vcpupin0.cpuset=1-2,emulatorpin.cpuset=0,vcpusched0.vcpus=0,vcpusched0.scheduler=fifo,vcpusched0.priority=1,cachetune0.vcpus=0,cachetune0.cache0.id=0,cachetune0.cache0.level=3,cachetune0.cache0.type=both,cachetune0.cache0.size=3,cachetune0.cache0.unit=MiB",
        ),
        ("numatune", "0,mode=strict,memnode0.cellid=0,memnode0.mode=strict,memnode0.nodeset=0"),
        ("memtune", "hard_limit=1000000,soft_limit=900000"),
        ("blkiotune", "weight=500,device0.path=/dev/sda,device0.weight=500"),
        ("qemu-commandline", "-device x,y=z"),
        ("launchSecurity", "sev,cbitpos=47,reducedPhysBits=1,policy=0x1"),
    ],
    &[
        ("metadata", "name=devices"),
        ("memory", "64"),
        ("boot", "os_type=hvm,kernel=/k,initrd=/i,kernel_args=quiet,dtb=/d"),
        (
            "disk",
            "/srv/a b.qcow2,device=disk,driver.name=qemu,format=qcow2,driver.type=qcow2,bus=virtio,target=vda,cache=none,io=native,discard=unmap,detect_zeroes=unmap,error_policy=stop,copy_on_read=on,driver.queues=2,driver.iothread=1,boot_order=1,serial=s,blockio.logical_block_size=512,iotune.read_iops_sec=5,shareable=on,geometry.cyls=16,geometry.heads=16,geometry.secs=63,driver.iommu=on,driver.packed=on,alias.name=ua-d,address.type=pci,address.domain=0,address.bus=0,address.slot=3,address.function=0",
        ),
        (
            "disk",
            "device=cdrom,type=file,bus=sata,target=sda,readonly=on,startup_policy=optional,source.file=/x.iso,snapshot=no,removable=on",
        ),
        ("disk", "https://host:8443/a.iso,device=cdrom,target=sdb,bus=sata,readonly=on"),
        (
            "disk",
            "type=volume,source.pool=p,source.volume=v,target=vdb,bus=virtio,transient=on,wwn=0123456789abcdef",
        ),
        (
            "network",
            "network=default,portgroup=g,model=virtio,mac=52:54:00:01:02:03,target=tap0,mtu.size=1500,link.state=down,driver.queues=2,driver.name=vhost,filterref=clean-traffic,rom.bar=on,boot_order=2",
        ),
        (
            "network",
            "bridge=br0,virtualport.type=openvswitch,virtualport.interfaceid=9d3ea2c8-0f5c-4bcb-9f0e-0a4d6e0f7a11",
        ),
        (
            "network",
            "passt,backend.logFile=/l,portForward0.proto=tcp,portForward0.range0.start=2022,portForward0.range0.to=22",
        ),
        ("network", "type=direct,source=eth0,source_mode=bridge,trustGuestRxFilters=yes"),
        ("network", "type=vhostuser,source.type=unix,source.path=/s,source.mode=client,model=virtio"),
        (
            "graphics",
            "vnc,port=5901,listen=0.0.0.0,password=x,keymap=de,websocket=5700,sharePolicy=force-shared",
        ),
        (
            "graphics",
            "spice,listen=none,gl.enable=yes,rendernode=/dev/dri/renderD128,image_compression=off,jpeg.compression=never,zlib.compression=never,playback.compression=on,streaming_mode=filter,mouse_mode=client,clipboard_copypaste=no,filetransfer_enable=no",
        ),
        ("controller", "usb3"),
        ("controller", "usb2"),
        ("controller", "scsi,model=virtio-scsi,driver.queues=4,address=0:0:5.0"),
        (
            "controller",
            "pci,model=pcie-root-port,index=3,target.chassis=3,target.port=0x8,target.hotplug=off",
        ),
        ("input", "tablet,bus=usb"),
        (
            "input",
            "evdev,source.dev=/dev/input/event0,source.grab=all,source.repeat=on,source.grabToggle=ctrl-ctrl",
        ),
        (
            "serial",
            "tcp,host=1.2.3.4:5,mode=bind,protocol=telnet,log.file=/l,log.append=on,target.type=isa-serial,target.port=0,target.model.name=isa-serial",
        ),
        ("serial", "udp,host=:1,bind_host=1.2.3.4:7"),
        ("parallel", "file,path=/p"),
        ("console", "pty,target.type=virtio"),
        ("channel", "unix,mode=bind,path=/s,target.type=virtio,name=org.qemu.guest_agent.0"),
        ("channel", "spicevmc,target.type=virtio,name=com.redhat.spice.0"),
        ("hostdev", "00:1f.2,mode=subsystem,managed=yes,rom.bar=off,driver.name=vfio"),
        ("hostdev", "001.002,mode=subsystem,managed=yes,boot_order=3"),
        (
            "filesystem",
            "/a,tag,type=mount,accessmode=passthrough,driver.type=virtiofs,driver.queue=1024,binary.path=/v,binary.xattr=on,binary.cache.mode=always,binary.lock.posix=on,binary.sandbox.mode=chroot,readonly=on",
        ),
        ("sound", "ich9,codec0.type=duplex,audio.id=1"),
        ("audio", "spice,id=1"),
        ("watchdog", "i6300esb,action=reset"),
        (
            "video",
            "virtio,heads=2,accel3d=yes,model.primary=yes,model.resolution.x=800,model.resolution.y=600",
        ),
        ("smartcard", "passthrough,type=spicevmc"),
        ("redirdev", "usb,type=tcp,server=localhost:4000,source.mode=connect,boot_order=4"),
        ("memballoon", "virtio,autodeflate=on,freePageReporting=on,stats.period=5"),
        ("tpm", "emulator,model=tpm-crb,version=2.0,backend.persistent_state=yes,active_pcr_banks.sha256=on"),
        ("rng", "/dev/urandom,model=virtio,rate.bytes=1024,rate.period=1000"),
        ("rng", "egd,model=virtio,backend_type=tcp,backend_host=h,backend_service=1,backend_mode=connect"),
        ("panic", "isa,iobase=0x505,address.type=isa"),
        ("shmem", "s,model.type=ivshmem-plain,size=4,size.unit=M"),
        ("memdev", "dimm,target_size=1024,target_node=0,source_pagesize=4"),
        ("vsock", "virtio,cid.auto=no,cid.address=5"),
        (
            "iommu",
            "intel,driver.intremap=on,driver.caching_mode=on,driver.eim=on,driver.iotlb=on,driver.aw_bits=48",
        ),
    ],
    &[
        ("metadata", "name=box"),
        ("memory", "64"),
        (
            "boot",
            "domain_type=lxc,os_type=exe,init=/sbin/init,initargs=\"a 'b c'\",initenv0.name=N,initenv0=v,initdir=/d,inituser=u,initgroup=g",
        ),
        ("idmap", "uid.start=0,uid.target=1000,uid.count=10,gid.start=0,gid.target=1000,gid.count=10"),
        ("filesystem", "/a,/,type=mount"),
        ("filesystem", "type=ram,source=1024,target=/t,source.units=KiB"),
        ("sysinfo", "fwcfg,entry0.name=opt/x,entry0=v"),
    ],
];

fn what_options_write_is_valid_to_libvirts_schema() -> Result<()> {
    for guest in GUESTS {
        let mut document = domain::new_document("kvm");
        for (option, text) in *guest {
            let table = domain::table(option).with_context(|| format!("no --{option}"))?;
            let options = table.parse(text)?;
            table.add(&mut document, &options)?;
        }
        validate(&document.to_string())?;
    }
    Ok(())
}

/// Succeeds when libvirt's schema has nothing against this definition.
pub(crate) fn validate(xml: &str) -> Result<()> {
    validate_by("domain.rng", xml)
}

/// The same by another schema of libvirt's.
pub(crate) fn validate_by(schema: &str, xml: &str) -> Result<()> {
    let schema = Path::new(SCHEMA_FILE).with_file_name(schema);
    let mut xmllint = Command::new("xmllint")
        .args(["--noout", "--relaxng", &schema.to_string_lossy(), "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    xmllint.stdin.take().context("no pipe to xmllint")?.write_all(xml.as_bytes())?;
    let output = xmllint.wait_with_output()?;
    ensure!(output.status.success(), "{}\n{xml}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
