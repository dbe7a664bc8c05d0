//! libvirt's typed parameters: named values, in the order in which they came.
#![allow(unsafe_code)]

use std::fmt;

use virt_sys as sys;

use crate::call::{Call, copy_text, or_null};
use crate::{ErrorCode, Result};

/// A named value.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name, e.g. `block.0.rd.reqs`.
    pub name: String,
    /// Its value.
    pub value: Value,
}

/// A value with libvirt's type.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A signed number of 32 bits.
    Int(i32),
    /// An unsigned number of 32 bits.
    UInt(u32),
    /// A signed number of 64 bits.
    Long(i64),
    /// An unsigned number of 64 bits.
    ULong(u64),
    /// A floating-point number.
    Double(f64),
    /// Yes or no.
    Boolean(bool),
    /// A text.
    Text(String),
}

/// As `virsh` prints it: six places after the point, `yes` and `no`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            Self::UInt(number) => number.fmt(f),
            Self::Long(number) => number.fmt(f),
            Self::ULong(number) => number.fmt(f),
            Self::Double(number) => write!(f, "{number:.6}"),
            Self::Boolean(truth) => f.write_str(if *truth { "yes" } else { "no" }),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl Value {
    /// The value as an unsigned number, where it is one.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match *self {
            Self::Int(number) => u64::try_from(number).ok(),
            Self::UInt(number) => Some(number.into()),
            Self::Long(number) => u64::try_from(number).ok(),
            Self::ULong(number) => Some(number),
            Self::Double(_) | Self::Boolean(_) | Self::Text(_) => None,
        }
    }
}

impl Parameter {
    /// A parameter of this name.
    #[must_use]
    pub fn new(name: impl Into<String>, value: Value) -> Self {
        Self { name: name.into(), value }
    }

    /// A parameter of this name whose value is read from text, of the same type as `like`.
    ///
    /// # Errors
    /// Where the text is no such value.
    pub fn read(name: &str, like: &Value, text: &str) -> Result<Self> {
        let kind = match like {
            Value::Int(_) => sys::VIR_TYPED_PARAM_INT,
            Value::UInt(_) => sys::VIR_TYPED_PARAM_UINT,
            Value::Long(_) => sys::VIR_TYPED_PARAM_LLONG,
            Value::ULong(_) => sys::VIR_TYPED_PARAM_ULLONG,
            Value::Double(_) => sys::VIR_TYPED_PARAM_DOUBLE,
            Value::Boolean(_) => sys::VIR_TYPED_PARAM_BOOLEAN,
            Value::Text(_) => sys::VIR_TYPED_PARAM_STRING,
        };
        let call = Call::new("read", &"a parameter");
        let (name, text) = (call.c_text(name)?, call.c_text(text)?);
        let (mut owned, mut room) = (Owned::default(), 0);
        // SAFETY: the texts live during the call, and list, count and room belong together.
        call.done(|| unsafe {
            sys::virTypedParamsAddFromString(
                &raw mut owned.list,
                &raw mut owned.count,
                &raw mut room,
                name.as_ptr(),
                kind.cast_signed(),
                text.as_ptr(),
            )
        })?;
        owned.copy().pop().ok_or_else(|| {
            Call::new("read", &"a parameter").refuse(ErrorCode::INTERNAL_ERROR, "no parameter was made")
        })
    }
}

/// The parameters that a function fills in that is first asked for their number.
pub(crate) fn fill(
    mut function: impl FnMut(sys::virTypedParameterPtr, *mut i32) -> Result<()>,
) -> Result<Vec<Parameter>> {
    let mut count = 0;
    function(std::ptr::null_mut(), &raw mut count)?;
    fill_known(usize::try_from(count).unwrap_or_default(), function)
}

/// The parameters that a function fills in, whose number is known.
pub(crate) fn fill_known(
    room: usize,
    mut function: impl FnMut(sys::virTypedParameterPtr, *mut i32) -> Result<()>,
) -> Result<Vec<Parameter>> {
    if room == 0 {
        return Ok(Vec::new());
    }
    let mut count = i32::try_from(room).unwrap_or(i32::MAX);
    // SAFETY: all zeros are a parameter without a type, which nobody reads.
    let mut list = vec![unsafe { std::mem::zeroed::<sys::virTypedParameter>() }; room];
    function(list.as_mut_ptr(), &raw mut count)?;
    let count = count.min(i32::try_from(room).unwrap_or(i32::MAX));
    // SAFETY: the function filled in `count` of them.
    let copies = unsafe { copy(list.as_mut_ptr(), count) };
    // SAFETY: as above; their texts are ours to free, the list itself is Rust's.
    unsafe { sys::virTypedParamsClear(list.as_mut_ptr(), count) };
    Ok(copies)
}

/// Copies parameters; those of a type that is newer than this crate are left out.
///
/// # Safety
/// `parameters` points to `count` filled parameters, or `count` is 0.
pub(crate) unsafe fn copy(parameters: sys::virTypedParameterPtr, count: i32) -> Vec<Parameter> {
    let count = usize::try_from(count).unwrap_or_default();
    // SAFETY: promised by the caller.
    (0..count).filter_map(|index| unsafe { copy_one(&*parameters.add(index)) }).collect()
}

/// Copies one parameter.
///
/// # Safety
/// It was filled in by libvirt, so that its type tells which value is valid.
unsafe fn copy_one(parameter: &sys::virTypedParameter) -> Option<Parameter> {
    let value = &parameter.value;
    // SAFETY: promised by the caller: the type tells which one may be read, and texts end with a NUL.
    let value = unsafe {
        match parameter.type_.cast_unsigned() {
            sys::VIR_TYPED_PARAM_INT => Value::Int(value.i),
            sys::VIR_TYPED_PARAM_UINT => Value::UInt(value.ui),
            sys::VIR_TYPED_PARAM_LLONG => Value::Long(value.l),
            sys::VIR_TYPED_PARAM_ULLONG => Value::ULong(value.ul),
            sys::VIR_TYPED_PARAM_DOUBLE => Value::Double(value.d),
            sys::VIR_TYPED_PARAM_BOOLEAN => Value::Boolean(value.b != 0),
            sys::VIR_TYPED_PARAM_STRING => Value::Text(copy_text(value.s)),
            _ => return None,
        }
    };
    // SAFETY: libvirt ends the name with a NUL within the array.
    Some(Parameter { name: unsafe { copy_text(parameter.field.as_ptr()) }, value })
}

/// Parameters that libvirt allocated, to be copied and then freed on drop.
#[derive(Debug)]
pub(crate) struct Owned {
    pub(crate) list: sys::virTypedParameterPtr,
    pub(crate) count: i32,
}

impl Default for Owned {
    fn default() -> Self {
        Self { list: std::ptr::null_mut(), count: 0 }
    }
}

impl Owned {
    /// A list for a call that takes one.
    pub(crate) fn build(call: &Call<'_>, values: &[Parameter]) -> Result<Self> {
        let (mut owned, mut room) = (Self::default(), 0);
        for Parameter { name, value } in values {
            let name = call.c_text(name)?;
            let text = match value {
                Value::Text(text) => Some(call.c_text(text)?),
                _ => None,
            };
            let (list, count, name) = (&raw mut owned.list, &raw mut owned.count, name.as_ptr());
            // SAFETY: list, count and room belong together and live here, as the texts do.
            let added = || unsafe {
                let room = &raw mut room;
                match (value, &text) {
                    (Value::Int(number), _) => sys::virTypedParamsAddInt(list, count, room, name, *number),
                    (Value::UInt(number), _) => sys::virTypedParamsAddUInt(list, count, room, name, *number),
                    (Value::Long(number), _) => sys::virTypedParamsAddLLong(list, count, room, name, *number),
                    (Value::ULong(number), _) => {
                        sys::virTypedParamsAddULLong(list, count, room, name, *number)
                    }
                    (Value::Double(number), _) => {
                        sys::virTypedParamsAddDouble(list, count, room, name, *number)
                    }
                    (Value::Boolean(truth), _) => {
                        sys::virTypedParamsAddBoolean(list, count, room, name, (*truth).into())
                    }
                    (Value::Text(_), text) => {
                        sys::virTypedParamsAddString(list, count, room, name, or_null(text.as_ref()))
                    }
                }
            };
            Call::new("prepare the parameters of", &call.object()).done(added)?;
        }
        Ok(owned)
    }

    pub(crate) fn copy(&self) -> Vec<Parameter> {
        // SAFETY: libvirt filled in list and count together.
        unsafe { copy(self.list, self.count) }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: libvirt allocated the list for us; null is allowed.
        unsafe { sys::virTypedParamsFree(self.list, self.count) };
    }
}
