//! A payment as plain numbers; its texts (ids, names, addresses) are made when it is written. Knows no file forms.

use std::fmt;

use crate::world::{CATEGORIES, COUNTRIES};

/// How a card was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// In a shop, with the card's chip and PIN.
    Chip,
    /// In a shop, held to the terminal.
    Contactless,
    /// On the web.
    Web,
    /// Typed in by the merchant, from a phone call or a file.
    Keyed,
    /// Cash from a machine.
    Atm,
}

impl Channel {
    /// As it stands in an event.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chip => "chip",
            Self::Contactless => "contactless",
            Self::Web => "web",
            Self::Keyed => "keyed",
            Self::Atm => "atm",
        }
    }
}

/// What only payments on the web say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Online {
    /// Names the device.
    pub device: u32,
    /// Names the account.
    pub account: u32,
    /// An address of 10.0.0.0/8.
    pub ip: u32,
    /// Whether the three digits were right.
    pub cvv_match: bool,
}

/// One payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Unique.
    pub number: u64,
    /// The card's number, from 0.
    pub card: u32,
    /// Milliseconds since the Unix epoch.
    pub at: i64,
    /// Hundredths of a euro.
    pub cents: u32,
    /// Where it was paid, in the list of countries.
    pub(crate) country: u8,
    /// Its merchant's country, in the list of countries: what it charges in.
    pub(crate) shop_country: u8,
    /// Its merchant's category, in the list of categories.
    pub(crate) category: u8,
    /// The merchant's number, from 0.
    pub merchant: u32,
    /// How the card was used.
    pub channel: Channel,
    /// On the web only.
    pub online: Option<Online>,
    /// Whether the issuer let it pass.
    pub approved: bool,
    /// Days since the card was issued.
    pub card_age_days: i32,
    /// Where the card was issued, in the list of countries.
    pub(crate) card_country: u8,
    /// Euros.
    pub credit_limit: u32,
}

impl Payment {
    /// Its id.
    pub fn id(&self) -> impl fmt::Display {
        Id(self.number)
    }

    /// The card's token.
    pub fn card_token(&self) -> impl fmt::Display {
        Card(self.card)
    }

    /// The merchant's name.
    pub fn merchant_name(&self) -> impl fmt::Display {
        Merchant(self.merchant)
    }

    /// Where it was paid.
    pub fn country(&self) -> &'static str {
        COUNTRIES[usize::from(self.country)].code
    }

    /// Where the card was issued.
    pub fn card_country(&self) -> &'static str {
        COUNTRIES[usize::from(self.card_country)].code
    }

    /// What the shop charges in.
    pub fn currency(&self) -> &'static str {
        COUNTRIES[usize::from(self.shop_country)].currency
    }

    /// The merchant's category, by ISO 18245.
    pub fn mcc(&self) -> u16 {
        CATEGORIES[usize::from(self.category)].mcc
    }

    /// Euros: the double nearest to the decimal number.
    pub fn amount(&self) -> f64 {
        f64::from(self.cents) / 100.0
    }
}

impl Online {
    /// The device's name.
    pub fn device_name(&self) -> impl fmt::Display {
        Device(self.device)
    }

    /// The account's address. `.example` belongs to nobody.
    pub fn email(&self) -> impl fmt::Display {
        Email(self.account)
    }

    /// The address in the usual form.
    pub fn address(&self) -> impl fmt::Display {
        std::net::Ipv4Addr::from(self.ip)
    }
}

struct Id(u64);
struct Card(u32);
struct Merchant(u32);
struct Device(u32);
struct Email(u32);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{:010}", self.0)
    }
}

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{:07}", self.0)
    }
}

impl fmt::Display for Merchant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m{:06}", self.0)
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "d{:08x}", self.0)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = ["post", "mail", "inbox"][(self.0 % 3) as usize];
        write!(f, "u{:08x}@{host}.example", self.0)
    }
}
