//! What a filter needs of `millrace/plugin.h`, field by field. That header is the manual; this file only repeats its
//! shapes, and `layout` at the end checks them against its sizes and offsets.
#![allow(dead_code)]

use std::os::raw::{c_char, c_void};

pub const ABI_MAJOR: u32 = 1;
pub const ABI_MINOR: u32 = 0;

pub type Status = u32;
pub const OK: Status = 0;
pub const INVALID_ARGUMENT: Status = 3;
pub const INTERNAL: Status = 13;

pub const FILTER: u32 = 3;
pub const CAP_CONCURRENT: u32 = 1 << 0;
pub const NEED_KEY: u32 = 1 << 0;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Str {
    pub data: *const c_char,
    pub size: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Bytes {
    pub data: *const u8, // null: absent
    pub size: u64,
}

#[repr(C)]
pub struct Error {
    pub struct_size: u32,
    pub code: Status,
    pub id: [u8; 24],
    pub reason: [u8; 40],
    pub field: [u8; 128],
    pub message: [u8; 312],
    pub detail: [u8; 256],
    pub hint: [u8; 256],
}

#[repr(C)]
pub struct Record {
    pub key: Bytes,
    pub value: Bytes,
    pub position: i64,
    pub timestamp_ms: i64,
    pub stream: u32,
    pub first_header: u32,
    pub header_count: u32,
    pub flags: u32,
}

#[repr(C)]
pub struct Batch {
    pub struct_size: u32,
    pub record_stride: u32,
    pub stream_stride: u32,
    pub count: u32,
    pub stream_count: u32,
    pub header_count: u32,
    pub attribute_count: u32,
    pub reserved: u32,
    pub records: *const Record,
    pub streams: *const c_void,
    pub headers: *const c_void,
    pub attributes: *const c_void,
    pub retained_bytes: u64,
    pub owner: *mut c_void,
    pub release: Option<unsafe extern "C" fn(*mut c_void)>,
}

#[repr(C)]
pub struct FilterV1 {
    pub struct_size: u32,
    pub reserved: u32,
    pub apply: unsafe extern "C" fn(*mut c_void, *const Batch, *mut u64, *mut Error) -> Status,
}

#[repr(C)]
pub struct Component {
    pub struct_size: u32,
    pub kind: u32,
    pub caps: u32,
    pub needs: u32,
    pub stability: u32,
    pub reserved: u32,
    pub type_: *const c_char,
    pub summary: *const c_char,
    pub config_schema: *const c_char,
    pub vtable: *const c_void,
    pub create: unsafe extern "C" fn(*const c_void, Str, *mut *mut c_void, *mut Error) -> Status,
    pub start: unsafe extern "C" fn(*mut c_void, *mut Error) -> Status,
    pub stop: unsafe extern "C" fn(*mut c_void, u64),
    pub destroy: unsafe extern "C" fn(*mut c_void),
    pub get_extension: Option<unsafe extern "C" fn(*mut c_void, *const c_char) -> *const c_void>,
}

#[repr(C)]
pub struct Plugin {
    pub struct_size: u32,
    pub abi_major: u32,
    pub abi_minor: u32,
    pub needs_host_minor: u32,
    pub name: *const c_char,
    pub version: *const c_char,
    pub vendor: *const c_char,
    pub license: *const c_char,
    pub url: *const c_char,
    pub components: *const *const Component,
    pub component_count: u32,
    pub error_count: u32,
    pub errors: *const c_void,
}

// Constant data that points to constant data.
unsafe impl Sync for Component {}
unsafe impl Sync for Plugin {}

mod layout {
    use super::*;
    use std::mem::size_of;

    const _: () = assert!(size_of::<Str>() == 16);
    const _: () = assert!(size_of::<Bytes>() == 16);
    const _: () = assert!(size_of::<Error>() == 1024);
    const _: () = assert!(size_of::<Record>() == 64);
    const _: () = assert!(size_of::<Batch>() == 88);
    const _: () = assert!(size_of::<FilterV1>() == 16);
    const _: () = assert!(size_of::<Component>() == 96);
    const _: () = assert!(size_of::<Plugin>() == 80);

    /// The offset of a field, without offset_of! so that older compilers will do.
    #[cfg(test)]
    macro_rules! offset {
        ($type:ty, $field:ident) => {{
            let whole = std::mem::MaybeUninit::<$type>::uninit();
            let base = whole.as_ptr();
            (unsafe { std::ptr::addr_of!((*base).$field) }) as usize - base as usize
        }};
    }

    #[test]
    fn fields_are_where_the_header_has_them() {
        assert_eq!(offset!(Error, field), 72);
        assert_eq!(offset!(Error, message), 200);
        assert_eq!(offset!(Record, value), 16);
        assert_eq!(offset!(Record, stream), 48);
        assert_eq!(offset!(Batch, count), 12);
        assert_eq!(offset!(Batch, records), 32);
        assert_eq!(offset!(Batch, release), 80);
        assert_eq!(offset!(FilterV1, apply), 8);
        assert_eq!(offset!(Component, type_), 24);
        assert_eq!(offset!(Component, create), 56);
        assert_eq!(offset!(Component, get_extension), 88);
        assert_eq!(offset!(Plugin, name), 16);
        assert_eq!(offset!(Plugin, components), 56);
        assert_eq!(offset!(Plugin, errors), 72);
    }
}
