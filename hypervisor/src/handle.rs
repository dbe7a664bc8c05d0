//! What all handles have in common.

/// Defines an owned handle: it is cheap to clone, may be sent to other threads, and keeps its connection open.
macro_rules! handle {
    ($(#[$doc:meta])* $Name:ident($raw:ty), $kind:literal, $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $Name {
            raw: $raw,
            name: std::sync::Arc<str>,
            connection: $crate::Connection,
        }

        impl $Name {
            pub(crate) fn new(raw: $raw, connection: &$crate::Connection) -> $crate::Result<Self> {
                let name = $crate::call::Call::new(concat!("name a ", $kind, " of"), connection).run(|| raw.$name())?;
                Ok(Self { raw, name: name.into(), connection: connection.clone() })
            }

            /// The connection that it was found on.
            #[must_use]
            pub fn connection(&self) -> &$crate::Connection {
                &self.connection
            }

            #[allow(dead_code, reason = "not every kind of object has calls of its own kind")]
            pub(crate) fn call(&self, attempted: &'static str) -> $crate::call::Call<'_> {
                $crate::call::Call::new(attempted, self)
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($kind, " '{}'"), self.name)
            }
        }

        impl std::fmt::Debug for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($Name)).field(&self.name).finish()
            }
        }
    };
}

/// Adds `name()` and `uuid()` to a handle that has both.
macro_rules! named {
    ($Name:ident) => {
        impl $Name {
            /// Its name when the handle was made.
            #[must_use]
            pub fn name(&self) -> &str {
                &self.name
            }

            /// Its UUID in the usual notation.
            #[must_use]
            pub fn uuid(&self) -> String {
                // libvirt answers from the handle itself, which cannot fail for a valid handle.
                self.raw.uuid().map(|uuid| uuid.to_string()).unwrap_or_default()
            }
        }
    };
}

/// Adds calls that take nothing, or one flags type, and that the `virt` crate has.
macro_rules! calls {
    ($Name:ident { $($(#[$doc:meta])* $function:ident($($argument:ident: $Type:ty),*) $(-> $Answer:ty)?
        = $attempted:literal, $raw:ident($($value:expr),*);)* }) => {
        impl $Name {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// What libvirt refused.
            pub fn $function(&self $(, $argument: $Type)*) -> $crate::Result<calls!(@ $($Answer)?)> {
                self.call($attempted).run(|| self.raw.$raw($($value),*)).map(Into::into)
            }
        )*}
    };
    (@) => { () };
    (@ $Answer:ty) => { $Answer };
}

pub(crate) use {calls, handle, named};
