//! The suite as users meet it.
