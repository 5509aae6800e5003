//! The filter through its table, as a host calls it.
use super::*;
use std::mem::{size_of, zeroed};

/// The indexes of those of 1000 keys that stay.
fn kept(config: &str) -> Result<Vec<usize>, String> {
    let keys: Vec<String> = (0..1000).map(|i| format!("key-{}", i)).collect();
    unsafe {
        let records: Vec<Record> = keys
            .iter()
            .map(|key| Record {
                key: Bytes {
                    data: key.as_ptr(),
                    size: key.len() as u64,
                },
                ..zeroed()
            })
            .collect();
        let batch = Batch {
            struct_size: size_of::<Batch>() as u32,
            record_stride: size_of::<Record>() as u32,
            count: records.len() as u32,
            records: records.as_ptr(),
            ..zeroed()
        };
        let mut keep = vec![u64::MAX; (records.len() + 63) / 64];
        let mut error = Error {
            struct_size: size_of::<Error>() as u32,
            ..zeroed()
        };

        let plugin = &*millrace_plugin_entry_v1();
        let component = &**plugin.components;
        let table = &*(component.vtable as *const FilterV1);
        let mut instance = std::ptr::null_mut();
        let config = Str {
            data: config.as_ptr() as *const c_char,
            size: config.len() as u64,
        };
        if (component.create)(std::ptr::null(), config, &mut instance, &mut error) != abi::OK {
            let end = error.message.iter().position(|b| *b == 0).unwrap();
            return Err(String::from_utf8_lossy(&error.message[..end]).into_owned());
        }
        assert_eq!((component.start)(instance, &mut error), abi::OK);
        assert_eq!(
            (table.apply)(instance, &batch, keep.as_mut_ptr(), &mut error),
            abi::OK
        );
        (component.stop)(instance, 0);
        (component.destroy)(instance);
        Ok((0..records.len())
            .filter(|i| keep[i / 64] >> (i % 64) & 1 == 1)
            .collect())
    }
}

#[test]
fn keeps_nothing_at_zero_and_everything_at_one() {
    assert_eq!(kept(r#"{"rate":0}"#).unwrap().len(), 0);
    assert_eq!(kept(r#"{"rate":1}"#).unwrap().len(), 1000);
}

#[test]
fn keeps_about_the_fraction_of_keys_and_always_the_same() {
    let quarter = kept(r#"{"rate":0.25}"#).unwrap();
    assert!(
        quarter.len() > 200 && quarter.len() < 300,
        "{}",
        quarter.len()
    );
    assert_eq!(quarter, kept(r#"{"rate":2.5e-1}"#).unwrap());
}

#[test]
fn says_what_is_wrong_with_a_configuration() {
    for wrong in [r#"{"rate":"x"}"#, r#"{"rate":1.5}"#, "{}", ""] {
        let expected = format!("The rate is not between 0 and 1: {}", wrong);
        assert_eq!(kept(wrong).unwrap_err(), expected);
    }
}

#[test]
fn turns_a_panic_into_an_error() {
    unsafe {
        let mut error = Error {
            struct_size: size_of::<Error>() as u32,
            ..zeroed()
        };
        assert_eq!(
            guarded(&mut error, abi::INTERNAL, || panic!("on purpose")),
            abi::INTERNAL
        );
        assert_eq!(&error.message[..19], b"the plugin panicked");
    }
}
