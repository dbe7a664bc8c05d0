//! A disk with partitions: each is a medium of its own.

use super::{Arch, BootInfo, BootKernel, search};
use crate::{Image, Partition};

/// What the partitions of `disk` say of themselves and the kernels in them, in the order of the partitions.
pub(super) fn search(disk: &Image, arch: Option<Arch>) -> BootInfo {
    let mut info = BootInfo::default();
    let partitions = disk.partitions().unwrap_or_else(|error| {
        info.problems.push(error.to_string());
        Vec::new()
    });
    for partition in partitions.iter().filter(|partition| partition.problem().is_none()) {
        match disk.part(partition.start(), partition.length()) {
            Ok(Some(volume)) => info.take(search::of_image(&volume, arch), partition),
            Ok(None) => {}
            Err(error) => info.problems.push(error.to_string()),
        }
    }
    info
}

impl BootInfo {
    /// Adds what a partition holds. The first that boots is what the disk is told by.
    fn take(&mut self, found: BootInfo, partition: &Partition) {
        let directory = format!("p{}", partition.number());
        let start = partition.start();
        let tells = |info: &BootInfo| (!info.kernels.is_empty(), info.own_loader.is_some());
        if self.identification.volume.is_none() || tells(&found) > tells(self) {
            let told = found.identification;
            self.identification.volume = told.volume.map(|volume| volume.on_disk(start, &directory));
            self.identification.tree = told.tree.map(|tree| tree.on_disk(start, &directory));
            self.identification.description = told.description.map(|text| text.on_disk(start, &directory));
            self.identification.arch = told.arch;
            (self.family, self.treeinfo) = (found.family, found.treeinfo);
        }
        self.own_loader = self.own_loader.take().or(found.own_loader);
        let inside = |path: String| format!("{directory}/{path}");
        self.kernels.extend(found.kernels.into_iter().map(|kernel| BootKernel {
            kernel: inside(kernel.kernel),
            initrds: kernel.initrds.into_iter().map(inside).collect(),
            origin: kernel.origin.on_disk(&directory),
            ..kernel
        }));
        self.problems.extend(found.problems);
        if !self.kernels.is_empty() {
            self.own_loader = None;
        }
    }
}
