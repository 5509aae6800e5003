//! The filter `sample` in Rust: keeps a fixed fraction of records, chosen by key, so that the records of one key are all
//! in or all out.
//!
//! `Sample` is plain safe Rust; the functions below it carry it over the C boundary. No panic crosses that: `guarded`
//! turns one into an error. An instance never changes, which is why CAP_CONCURRENT holds.

mod abi;

use abi::{Batch, Bytes, Component, Error, FilterV1, Plugin, Record, Status, Str};
use std::os::raw::{c_char, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};

struct Sample {
    threshold: u64, // of 2^32
}

impl Sample {
    /// `config` is `{"rate":0.25}`: an object with one number, because the schema lets nothing else through.
    fn new(config: &str) -> Result<Sample, String> {
        let number = config.trim_end_matches('}').rsplit(':').next();
        match number.unwrap_or_default().trim().parse::<f64>() {
            Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(Sample {
                threshold: (rate * 4294967296.0) as u64,
            }),
            _ => Err(format!("The rate is not between 0 and 1: {}", config)),
        }
    }

    /// FNV-1a, and a step that spreads its last bytes over all bits: what the filter in C does.
    fn keeps(&self, key: &[u8]) -> bool {
        let hash = key.iter().fold(14695981039346656037u64, |h, b| {
            (h ^ u64::from(*b)).wrapping_mul(1099511628211)
        });
        (hash ^ hash >> 32).wrapping_mul(0x9e3779b97f4a7c15) >> 32 < self.threshold
    }
}

unsafe fn bytes<'a>(b: Bytes) -> &'a [u8] {
    if b.data.is_null() {
        &[]
    } else {
        std::slice::from_raw_parts(b.data, b.size as usize)
    }
}

/// Runs `body`; its failure, or its panic, is written into `err` for the operator.
unsafe fn guarded(
    err: *mut Error,
    code: Status,
    body: impl FnOnce() -> Result<(), String>,
) -> Status {
    let message = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return abi::OK,
        Ok(Err(message)) => message,
        Err(_) => "the plugin panicked".to_string(),
    };
    // A host that knows less of the struct than this plugin gets the code alone.
    if (*err).struct_size as usize >= std::mem::size_of::<Error>() {
        let err = &mut *err;
        let mut end = message.len().min(err.message.len() - 1);
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        err.code = code;
        err.message[..end].copy_from_slice(&message.as_bytes()[..end]);
        err.message[end] = 0;
    }
    code
}

unsafe extern "C" fn create(
    _host: *const c_void,
    config: Str,
    self_: *mut *mut c_void,
    err: *mut Error,
) -> Status {
    guarded(err, abi::INVALID_ARGUMENT, || {
        let text = bytes(Bytes {
            data: config.data as *const u8,
            size: config.size,
        });
        let sample = Sample::new(std::str::from_utf8(text).map_err(|e| e.to_string())?)?;
        *self_ = Box::into_raw(Box::new(sample)) as *mut c_void;
        Ok(())
    })
}

unsafe extern "C" fn start(_self: *mut c_void, _err: *mut Error) -> Status {
    abi::OK
}

unsafe extern "C" fn stop(_self: *mut c_void, _deadline_ns: u64) {}

unsafe extern "C" fn destroy(self_: *mut c_void) {
    drop(Box::from_raw(self_ as *mut Sample));
}

unsafe extern "C" fn apply(
    self_: *mut c_void,
    batch: *const Batch,
    keep: *mut u64,
    err: *mut Error,
) -> Status {
    guarded(err, abi::INTERNAL, || {
        let (sample, batch) = (&*(self_ as *const Sample), &*batch);
        for i in 0..batch.count as usize {
            // By the stride: a later host's records may be longer than ours.
            let record =
                (batch.records as *const u8).add(i * batch.record_stride as usize) as *const Record;
            if !sample.keeps(bytes((*record).key)) {
                *keep.add(i / 64) &= !(1 << (i % 64));
            }
        }
        Ok(())
    })
}

macro_rules! text {
    ($text:expr) => {
        concat!($text, "\0").as_ptr() as *const c_char
    };
}

static TABLE: FilterV1 = FilterV1 {
    struct_size: std::mem::size_of::<FilterV1>() as u32,
    reserved: 0,
    apply,
};

static COMPONENT: Component = Component {
    struct_size: std::mem::size_of::<Component>() as u32,
    kind: abi::FILTER,
    caps: abi::CAP_CONCURRENT,
    needs: abi::NEED_KEY,
    stability: 0,
    reserved: 0,
    type_: text!("sample_rust"),
    summary: text!("Keeps a fixed fraction of records, chosen by key; written in Rust."),
    config_schema: text!(
        r#"{"type": "object", "required": ["rate"], "properties": {
          "rate": {"type": "number", "minimum": 0, "maximum": 1, "description": "Fraction of keys to keep."}}}"#
    ),
    vtable: &TABLE as *const FilterV1 as *const c_void,
    create,
    start,
    stop,
    destroy,
    get_extension: None,
};

struct Components([*const Component; 1]);
unsafe impl Sync for Components {}
static COMPONENTS: Components = Components([&COMPONENT]);

static PLUGIN: Plugin = Plugin {
    struct_size: std::mem::size_of::<Plugin>() as u32,
    abi_major: abi::ABI_MAJOR,
    abi_minor: abi::ABI_MINOR,
    needs_host_minor: 0,
    name: text!("org.example.sample_rust"),
    version: text!("1.0.0"),
    vendor: text!(""),
    license: text!(""),
    url: text!(""),
    components: COMPONENTS.0.as_ptr(),
    component_count: 1,
    error_count: 0,
    errors: std::ptr::null(),
};

/// The one symbol that the library exports.
#[no_mangle]
pub extern "C" fn millrace_plugin_entry_v1() -> *const Plugin {
    &PLUGIN
}

#[cfg(test)]
mod tests;
