//! JSON by the proto3 JSON mapping, an object a line. No text of a payment needs escaping.

use std::io::Write;

use crate::calendar::Instant;
use crate::payment::Payment;

/// Appends the object, without an end of line.
pub fn write_json(payment: &Payment, out: &mut Vec<u8>) {
    // A Vec takes everything: no error to tell.
    let _ = write!(
        out,
        "{{\"id\":\"{}\",\"card\":\"{}\",\"at\":\"{}\",\"amount\":{},\"currency\":\"{}\",\"country\":\"{}\",\
         \"merchant\":\"{}\",\"mcc\":{},\"channel\":\"{}\",",
        payment.id(),
        payment.card_token(),
        Instant(payment.at),
        payment.amount(),
        payment.currency(),
        payment.country(),
        payment.merchant_name(),
        payment.mcc(),
        payment.channel.name(),
    );
    if let Some(online) = &payment.online {
        let (device, email, ip) = (online.device_name(), online.email(), online.address());
        let _ = write!(out, "\"device\":\"{device}\",\"email\":\"{email}\",\"ip\":\"{ip}\",");
    }
    let _ = write!(out, "\"approved\":{},", payment.approved);
    if let Some(online) = &payment.online {
        let _ = write!(out, "\"cvvMatch\":{},", online.cvv_match);
    }
    let (age, country, limit) = (payment.card_age_days, payment.card_country(), payment.credit_limit);
    let _ = write!(out, "\"cardAgeDays\":{age},\"cardCountry\":\"{country}\",\"creditLimit\":{limit}}}");
}
