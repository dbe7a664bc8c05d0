//! The host's memory: what is free in each NUMA cell, pools of pages, and the sharing of equal pages.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_uint};

use virt_sys as sys;

use super::{Figure, figures};
use crate::parameter::{self, Owned};
use crate::{Connection, KiB, Parameter, Result};

impl Connection {
    /// The free memory of so many NUMA cells from this one on; fewer where there are not so many.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn cells_free_memory(&self, first: i32, count: u16) -> Result<Vec<KiB>> {
        let mut bytes = vec![0; count.into()];
        let found = self.call("ask for the free memory of the cells of").number(|| {
            // SAFETY: the connection is owned, and the list has room for `count` numbers.
            unsafe { sys::virNodeGetCellsFreeMemory(self.ptr(), bytes.as_mut_ptr(), first, count.into()) }
        })?;
        bytes.truncate(usize::try_from(found).unwrap_or_default());
        Ok(bytes.into_iter().map(|bytes| KiB(bytes / 1024)).collect())
    }

    /// How many pages of these sizes in KiB are free in a NUMA cell; fewer figures where libvirt knows fewer.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn free_pages(&self, sizes: &[u32], cell: i32) -> Result<Vec<u64>> {
        let (mut asked, mut counts) = (sizes.to_vec(), vec![0; sizes.len()]);
        let room = c_uint::try_from(sizes.len()).unwrap_or(c_uint::MAX);
        let found = self.call("ask for the free pages of").number(|| {
            // SAFETY: the connection is owned, and both lists are `room` long, for one cell.
            unsafe {
                sys::virNodeGetFreePages(
                    self.ptr(),
                    room,
                    asked.as_mut_ptr(),
                    cell,
                    1,
                    counts.as_mut_ptr(),
                    0,
                )
            }
        })?;
        counts.truncate(usize::try_from(found).unwrap_or_default());
        Ok(counts)
    }

    /// Makes the pool of pages of a size in KiB so large, or with `add` larger by so many, in so many NUMA cells from
    /// this one on; -1 leaves it to the kernel where they are.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn allocate_pages(&self, size: u32, count: u64, first: i32, cells: u32, add: bool) -> Result<()> {
        let (mut sizes, mut counts) = ([size], [count]);
        let flags = if add { sys::VIR_NODE_ALLOC_PAGES_ADD } else { sys::VIR_NODE_ALLOC_PAGES_SET };
        // SAFETY: the connection is owned, and both lists hold the one number that is announced.
        self.call("change the pages of").done(|| unsafe {
            sys::virNodeAllocPages(
                self.ptr(),
                1,
                sizes.as_mut_ptr(),
                counts.as_mut_ptr(),
                first,
                cells,
                flags,
            )
        })
    }

    /// How many figures there are about the memory of a NUMA cell; -1 is all of the host.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn memory_stats_count(&self, cell: i32) -> Result<usize> {
        let mut count = 0;
        self.call("count the figures about the memory of").done(|| {
            // SAFETY: the connection is owned, `count` lives during the call, and no list means that it is asked for.
            unsafe { sys::virNodeGetMemoryStats(self.ptr(), cell, std::ptr::null_mut(), &raw mut count, 0) }
        })?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// So many of these figures, in KiB.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn memory_stats(&self, cell: i32, count: usize) -> Result<Vec<Figure>> {
        let mut list = vec![sys::virNodeMemoryStats { field: [0; 80], value: 0 }; count];
        let mut room = c_int::try_from(count).unwrap_or(c_int::MAX);
        self.call("ask for the memory of").done(|| {
            // SAFETY: the connection is owned, and the list is `room` long.
            unsafe { sys::virNodeGetMemoryStats(self.ptr(), cell, list.as_mut_ptr(), &raw mut room, 0) }
        })?;
        Ok(figures(list.iter().map(|stat| (&stat.field, stat.value)), room))
    }

    /// How the host shares equal pages among guests.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn memory_parameters(&self) -> Result<Vec<Parameter>> {
        const MOST: usize = 64;
        // SAFETY: all zeros are an empty parameter.
        let mut list: Vec<sys::virTypedParameter> = vec![unsafe { std::mem::zeroed() }; MOST];
        let mut count = 0;
        let call = || self.call("ask for the memory parameters of");
        // SAFETY: the connection is owned; no list means that the count is asked for.
        call().done(|| unsafe {
            sys::virNodeGetMemoryParameters(self.ptr(), std::ptr::null_mut(), &raw mut count, 0)
        })?;
        count = count.min(MOST as c_int);
        // SAFETY: the connection is owned, and the list is at least `count` long.
        call().done(|| unsafe {
            sys::virNodeGetMemoryParameters(self.ptr(), list.as_mut_ptr(), &raw mut count, 0)
        })?;
        // SAFETY: libvirt has filled in `count` of them.
        let copied = unsafe { parameter::copy(list.as_mut_ptr(), count) };
        // SAFETY: the list is ours; this frees the texts in it.
        unsafe { sys::virTypedParamsClear(list.as_mut_ptr(), count) };
        Ok(copied)
    }

    /// Chooses how the host shares equal pages among guests.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn set_memory_parameters(&self, wanted: &[(&str, u32)]) -> Result<()> {
        let call = self.call("set the memory parameters of");
        let mut list = Owned::default();
        let mut room = 0;
        for (name, value) in wanted {
            let name = call.c_text(name)?;
            // SAFETY: list, count and room belong together, and the name lives during the call.
            self.call("name the memory parameters of").done(|| unsafe {
                sys::virTypedParamsAddUInt(
                    &raw mut list.list,
                    &raw mut list.count,
                    &raw mut room,
                    name.as_ptr(),
                    *value,
                )
            })?;
        }
        // SAFETY: the connection is owned, and so is the list.
        call.done(|| unsafe { sys::virNodeSetMemoryParameters(self.ptr(), list.list, list.count, 0) })
    }
}
