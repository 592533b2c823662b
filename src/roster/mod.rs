//! The roster: the registrar's file of people, read, compared with what is known, and invented for the demo.
//!
//! Pure: bytes in, values out. `text` decodes, `column` understands the header, `row` one line, `reader` the whole
//! file; `plan` says what an import would do; `report` writes the files that an import leaves; `demo` makes people up.

pub mod column;
pub mod demo;
pub mod person;
pub mod plan;
pub mod reader;
pub mod report;
pub mod row;
pub mod text;
