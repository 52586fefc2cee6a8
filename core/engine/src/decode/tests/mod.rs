//! What decoding promises, tried on one event type with every kind of field.

mod forms;
pub(crate) mod host;
mod quick;
mod refusals;
mod wire_rules;
mod with_prost;

use fishplate_cel::{Slot, Value};

use super::{Decoder, Wanted};
use crate::error::Error;
use crate::event::Body;
use crate::limits::Limits;
use crate::schema::Schema;

/// An event type with every kind of field.
pub(super) const PROTO: &str = r#"
syntax = "proto3";
package t.v1;

import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";

enum Status {
  UNKNOWN = 0;
  APPROVED = 1;
  DECLINED = 2;
}

message Device {
  enum Kind {
    NONE = 0;
    PHONE = 1;
  }
  message Place {
    double latitude = 1;
    string country_code = 2;
  }
  string id = 1;
  int32 battery = 2;
  repeated string tags = 3;
  Place place = 4;
  Kind kind = 5;
}

message Event {
  bool flag = 1;
  int32 i32 = 2;
  int64 i64 = 3;
  sint32 s32 = 4;
  sint64 s64 = 5;
  sfixed32 sf32 = 6;
  sfixed64 sf64 = 7;
  uint32 u32 = 8;
  uint64 u64 = 9;
  fixed32 f32 = 10;
  fixed64 f64 = 11;
  float narrow = 12;
  double wide = 13;
  string text = 14;
  bytes raw = 15;
  Status status = 16;

  optional bool opt_flag = 20;
  optional int32 opt_i32 = 21;
  optional double opt_wide = 22;
  optional string opt_text = 23;
  optional Status opt_status = 24;

  google.protobuf.Timestamp at = 30;
  google.protobuf.Duration took = 31;
  google.protobuf.BoolValue w_flag = 32;
  google.protobuf.Int32Value w_i32 = 33;
  google.protobuf.Int64Value w_i64 = 34;
  google.protobuf.UInt32Value w_u32 = 35;
  google.protobuf.UInt64Value w_u64 = 36;
  google.protobuf.FloatValue w_narrow = 37;
  google.protobuf.DoubleValue w_wide = 38;
  google.protobuf.StringValue w_text = 39;
  google.protobuf.BytesValue w_raw = 40;

  Device device = 50;
  Event inner = 51;

  repeated int32 list_i32 = 60;
  repeated sint64 list_s64 = 61 [packed = false];
  repeated fixed32 list_f32 = 62;
  repeated double list_wide = 63;
  repeated bool list_flag = 64;
  repeated string list_text = 65;
  repeated bytes list_raw = 66;
  repeated Status list_status = 67;
  repeated google.protobuf.Timestamp list_at = 68;
  repeated google.protobuf.Int64Value list_w_i64 = 69;

  map<string, string> map_text = 80;
  map<int32, double> map_i32 = 81;
  map<bool, google.protobuf.Timestamp> map_flag = 82;
  map<uint64, Status> map_u64 = 83;
  map<string, google.protobuf.Int32Value> map_w_i32 = 84;

  oneof choice {
    string choice_text = 90;
    int64 choice_number = 91;
    Device choice_device = 92;
  }

  repeated Device devices = 100;
  map<string, Device> named_devices = 101;
  google.protobuf.Struct free = 102;
  google.protobuf.Any any = 103;

  int32 far = 70000;
}
"#;

/// The schema of [`PROTO`].
pub(super) fn schema() -> Schema {
    schema_of(PROTO)
}

pub(super) fn schema_of(text: &str) -> Schema {
    let mut read = |_: &str| Ok(text.as_bytes().to_vec());
    Schema::from_proto("event.proto", "t.v1.Event", &mut read).expect("the test's own schema compiles").0
}

/// A decoder of `paths` (`device.id`), the slot of each being its place.
pub(super) fn decoder_of(schema: &Schema, paths: &[&str], sensitive: bool) -> Result<Decoder, Error> {
    let path = |path: &&str| path.split('.').filter(|step| !step.is_empty()).map(str::to_owned).collect();
    let wanted: Vec<Wanted> =
        paths.iter().enumerate().map(|(slot, name)| Wanted { path: path(name), slot, sensitive }).collect();
    Decoder::new(schema, &wanted)
}

pub(super) fn decoder(paths: &[&str]) -> Decoder {
    decoder_of(&schema(), paths, false).expect("the test's own paths exist")
}

/// The slots, as text that compares: absent ones are `-`, maps stand sorted by key.
pub(super) fn decode(decoder: &Decoder, count: usize, body: Body<'_>, strict: bool) -> Result<Vec<String>, Error> {
    let mut slots = vec![Slot::Absent; count];
    decoder.decode(body, &Limits::default(), strict, &mut slots)?;
    Ok(slots.iter().map(show_slot).collect())
}

pub(super) fn show_slot(slot: &Slot) -> String {
    match slot {
        Slot::Error(error) => format!("error {error}"),
        other => other.value().map_or("-".into(), show),
    }
}

/// A value with its type: `int 1`, `uint 1`, `double 1.0`.
pub(super) fn show(value: &Value) -> String {
    match value {
        Value::Message(message) => {
            let field = |(place, value): &(u32, Value)| {
                format!("{:?}: {}", message.ty().fields()[*place as usize].name, show(value))
            };
            let mut entries: Vec<String> = message.entries().iter().map(field).collect();
            entries.sort();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Type(_) | Value::Optional(_) | Value::Opaque(_) => unreachable!("no field has one"),
        Value::Null => "null".into(),
        Value::Bool(value) => format!("bool {value}"),
        Value::Int(value) => format!("int {value}"),
        Value::Uint(value) => format!("uint {value}"),
        Value::Double(value) => format!("double {value:?}"),
        Value::String(value) => format!("{value:?}"),
        Value::Bytes(value) => format!("bytes {value:?}"),
        Value::Timestamp(value) => format!("timestamp {};{}", value.seconds(), value.nanos()),
        Value::Duration(value) => format!("duration {};{}", value.seconds(), value.nanos()),
        Value::List(values) => format!("[{}]", values.iter().map(show).collect::<Vec<_>>().join(", ")),
        Value::Map(map) => {
            let mut entries: Vec<String> =
                map.entries().iter().map(|(key, value)| format!("{}: {}", show(key), show(value))).collect();
            entries.sort();
            format!("{{{}}}", entries.join(", "))
        }
    }
}
