//! A table with the proto's field names as header; what is absent is an empty cell. No text of a payment needs quotes.

use std::io::Write;

use crate::calendar::Instant;
use crate::payment::Payment;

/// The first line, without its end.
pub const CSV_HEADER: &str = "id,card,at,amount,currency,country,merchant,mcc,channel,device,email,ip,approved,\
                              cvv_match,card_age_days,card_country,credit_limit";

/// Appends a row, without an end of line.
pub fn write_csv(payment: &Payment, out: &mut Vec<u8>) {
    // A Vec takes everything: no error to tell.
    let _ = write!(
        out,
        "{},{},{},{},{},{},{},{},{},",
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
    let _ = match &payment.online {
        Some(online) => {
            let (device, email, ip) = (online.device_name(), online.email(), online.address());
            write!(out, "{device},{email},{ip},{},{},", payment.approved, online.cvv_match)
        }
        None => write!(out, ",,,{},,", payment.approved),
    };
    let _ = write!(out, "{},{},{}", payment.card_age_days, payment.card_country(), payment.credit_limit);
}
