//! Commands on several domains and on several hosts.

use crate::Test;

pub(crate) const TESTS: &[Test] = &[];
