//! The forms in which payments are written, as `fishplate run` reads them. Each writer knows the fields of
//! `payment.proto` and one form.

mod csv;
mod json;
mod protobuf;

pub use csv::{CSV_HEADER, write_csv};
pub use json::write_json;
pub use protobuf::{write_delimited, write_message};
