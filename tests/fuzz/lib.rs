//! The targets, and the few lines that each of them needs to be one.

pub mod targets;

/// Makes the program of one target.
#[macro_export]
macro_rules! target {
    ($name:literal) => {
        libfuzzer_sys::fuzz_target!(|input: &[u8]| {
            static RUN: std::sync::LazyLock<$crate::targets::Run> = std::sync::LazyLock::new(|| {
                let all = $crate::targets::ALL;
                all.iter()
                    .find(|(name, _)| *name == $name)
                    .expect("a target")
                    .1
            });
            RUN(input);
        });
    };
}
