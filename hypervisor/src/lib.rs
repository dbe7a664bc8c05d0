//! Safe, complete access to libvirt: mechanism only, no policy.
