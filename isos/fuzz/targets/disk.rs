#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| isos_fuzz::image(Some("disk"), bytes));
