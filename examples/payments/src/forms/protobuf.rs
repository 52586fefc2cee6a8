//! Protobuf: risk.v1.Payment by hand, since its fields are few. Held against Google's own decoder by the tests.

use std::fmt::{Display, Write};

use crate::payment::Payment;

const VARINT: u32 = 0;
const FIXED_64: u32 = 1;
const BYTES: u32 = 2;

/// Appends the message.
pub fn write_message(payment: &Payment, out: &mut Vec<u8>) {
    let mut message = Message { out, text: String::new() };
    message.text(1, payment.id());
    message.text(2, payment.card_token());
    message.timestamp(3, payment.at);
    message.double(4, payment.amount());
    message.text(5, payment.currency());
    message.text(6, payment.country());
    message.text(7, payment.merchant_name());
    message.int(8, i64::from(payment.mcc()));
    message.text(9, payment.channel.name());
    if let Some(online) = &payment.online {
        message.text(10, online.device_name());
        message.text(11, online.email());
        message.text(12, online.address());
    }
    message.int(13, i64::from(payment.approved));
    if let Some(online) = &payment.online {
        message.tag(14, VARINT); // optional: its presence says something, also when it is false
        message.varint(u64::from(online.cvv_match));
    }
    message.int(15, i64::from(payment.card_age_days));
    message.text(16, payment.card_country());
    message.double(17, f64::from(payment.credit_limit));
}

/// Appends the message after its length as a varint.
pub fn write_delimited(payment: &Payment, out: &mut Vec<u8>) {
    let at = out.len();
    write_message(payment, out);
    let mut length = Vec::with_capacity(2);
    Message { out: &mut length, text: String::new() }.varint((out.len() - at) as u64);
    out.splice(at..at, length);
}

struct Message<'a> {
    out: &'a mut Vec<u8>,
    text: String,
}

impl Message<'_> {
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.out.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.out.push(number as u8);
    }

    fn tag(&mut self, field: u32, kind: u32) {
        self.varint(u64::from(field << 3 | kind));
    }

    /// A number; 0 is what its absence says.
    fn int(&mut self, field: u32, number: i64) {
        if number != 0 {
            self.tag(field, VARINT);
            self.varint(number as u64);
        }
    }

    fn double(&mut self, field: u32, number: f64) {
        self.tag(field, FIXED_64);
        self.out.extend(number.to_le_bytes());
    }

    fn text(&mut self, field: u32, text: impl Display) {
        self.text.clear();
        let _ = write!(self.text, "{text}"); // a String takes everything
        let text = std::mem::take(&mut self.text);
        self.tag(field, BYTES);
        self.varint(text.len() as u64);
        self.out.extend(text.as_bytes());
        self.text = text;
    }

    fn timestamp(&mut self, field: u32, milliseconds: i64) {
        let mut inner = Vec::with_capacity(12);
        let mut message = Message { out: &mut inner, text: String::new() };
        message.int(1, milliseconds.div_euclid(1_000));
        message.int(2, milliseconds.rem_euclid(1_000) * 1_000_000);
        self.tag(field, BYTES);
        self.varint(inner.len() as u64);
        self.out.extend(inner);
    }
}
