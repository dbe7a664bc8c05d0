//! Network filters: what guests may send and receive.

use crate::call::Call;
use crate::handle::{calls, handle, named};
use crate::{Connection, Result};

handle! {
    /// A network filter.
    NwFilter(virt::nwfilter::NWFilter), "network filter", name
}

named!(NwFilter);

/// Finding and making.
impl Connection {
    /// All network filters, in one call.
    ///
    /// # Errors
    /// What libvirt refused.
    pub fn nwfilters(&self) -> Result<Vec<NwFilter>> {
        let found = self.call("list the network filters of").run(|| self.raw().list_all_nw_filters(0))?;
        found.into_iter().map(|raw| NwFilter::new(raw, self)).collect()
    }

    /// The network filter of this name.
    ///
    /// # Errors
    /// `NO_NWFILTER` where there is none.
    pub fn nwfilter_by_name(&self, name: &str) -> Result<NwFilter> {
        let call = Call::new(format!("find network filter '{name}' on"), self);
        NwFilter::new(call.run(|| self.raw().lookup_nwfilter_by_name(name))?, self)
    }

    /// The network filter of this UUID.
    ///
    /// # Errors
    /// `NO_NWFILTER` where there is none.
    pub fn nwfilter_by_uuid(&self, uuid: &str) -> Result<NwFilter> {
        let call = Call::new(format!("find network filter {uuid} on"), self);
        NwFilter::new(call.run(|| self.raw().lookup_nwfilter_by_uuid_string(uuid))?, self)
    }

    /// Keeps a definition, new or changed.
    ///
    /// # Errors
    /// What libvirt finds wrong with it.
    pub fn define_nwfilter(&self, xml: &str) -> Result<NwFilter> {
        NwFilter::new(
            self.call("define a network filter on").run(|| self.raw().define_nwfilter_xml(xml))?,
            self,
        )
    }
}

calls! { NwFilter {
    /// Its description.
    xml() -> String = "describe", xml_desc(0);
    /// Forgets its definition.
    undefine() = "undefine", undefine();
}}
