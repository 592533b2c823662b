//! What the suite starts programs with.

#[path = "../../tests/suite/support/port.rs"]
pub mod port;
#[path = "../../tests/suite/support/process.rs"]
pub mod process;
#[path = "../../tests/suite/support/program.rs"]
pub mod program;

/// Those of the suite would bring the whole server along.
pub mod people {
    /// Everybody's password.
    pub const PASSWORD: &str = "le vélo de Camille roule";
}
