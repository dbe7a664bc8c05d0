//! virt-xml: changes of definitions, beside Debian's, on running guests, and what should not have been typed.

mod convert;
mod peer;
mod running;
mod wrong;

use crate::Test;
use crate::need::{Need, QEMU, REAL_VIRSH, REAL_VIRT_XML};
use crate::options::SCHEMA;

/// A definition as libvirt has it, with what people and other programs leave in one.
const GUEST: &str = include_str!("guest.xml");

pub(crate) const TESTS: &[Test] = &[
    Test {
        name: "says_what_debians_virt_xml_says",
        needs: &[REAL_VIRT_XML, QEMU, REAL_VIRSH],
        run: peer::says_what_debians_virt_xml_says,
    },
    Test {
        name: "what_is_written_is_valid_to_libvirts_schema",
        needs: &[Need::Program("xmllint"), SCHEMA],
        run: peer::what_is_written_is_valid_to_libvirts_schema,
    },
    Test {
        name: "an_edit_leaves_every_other_byte",
        needs: &[QEMU, REAL_VIRSH],
        run: running::an_edit_leaves_every_other_byte,
    },
    Test {
        name: "devices_are_plugged_into_a_running_guest_and_kept",
        needs: &[QEMU, REAL_VIRSH],
        run: running::devices_are_plugged_into_a_running_guest_and_kept,
    },
    Test {
        name: "a_running_guest_gets_other_media_passwords_and_figures",
        needs: &[QEMU, REAL_VIRSH],
        run: running::a_running_guest_gets_other_media_passwords_and_figures,
    },
    Test {
        name: "what_a_running_guest_cannot_take_is_refused_whole",
        needs: &[QEMU, REAL_VIRSH],
        run: running::what_a_running_guest_cannot_take_is_refused_whole,
    },
    Test {
        name: "a_new_disk_goes_with_the_device_that_was_refused",
        needs: &[QEMU, REAL_VIRSH],
        run: running::a_new_disk_goes_with_the_device_that_was_refused,
    },
    Test {
        name: "who_is_asked_about_the_running_guest_can_say_no",
        needs: &[QEMU, REAL_VIRSH],
        run: running::who_is_asked_about_the_running_guest_can_say_no,
    },
    Test {
        name: "a_guest_is_started_with_the_change_for_good_or_once",
        needs: &[QEMU, REAL_VIRSH],
        run: running::a_guest_is_started_with_the_change_for_good_or_once,
    },
    Test {
        name: "an_old_guest_moves_to_q35_and_starts",
        needs: &[QEMU, REAL_VIRSH],
        run: convert::an_old_guest_moves_to_q35_and_starts,
    },
    Test {
        name: "a_conversion_touches_only_what_it_is_about",
        needs: &[],
        run: convert::a_conversion_touches_only_what_it_is_about,
    },
    Test { name: "bad_command_lines_are_refused", needs: &[], run: wrong::bad_command_lines_are_refused },
    Test { name: "bad_documents_are_refused", needs: &[], run: wrong::bad_documents_are_refused },
    Test { name: "nothing_to_do_is_said", needs: &[], run: wrong::nothing_to_do_is_said },
    Test { name: "who_is_asked_can_say_no", needs: &[], run: wrong::who_is_asked_can_say_no },
    Test {
        name: "a_definition_changed_meanwhile_is_not_overwritten",
        needs: &[QEMU, REAL_VIRSH],
        run: wrong::a_definition_changed_meanwhile_is_not_overwritten,
    },
];
