//! A card and the habits of who carries it. Everything about card number n follows from the seed and n, so that a
//! million cards take no memory.

use crate::payment::{Channel, Online, Payment};
use crate::random::Random;
use crate::world::{self, CASH, CATEGORIES, DAY, Merchants, SPAN, START, SUBSCRIPTIONS};

/// What sequences of chance are for.
const HABITS: u64 = 1;
const FAVOURITES: u64 = 2;

/// A card.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    pub(crate) number: u32,
    pub(crate) home: u8,
    pub(crate) credit_limit: u32,
    /// Of a thousand purchases, how many are made on the web.
    web: u64,
    /// How freely its holder spends, in percent.
    freely: u64,
    /// Days since it was issued, on the first day; negative: it comes later.
    age_days: i64,
    /// When its holder changes phones.
    new_phone: Option<i64>,
    trip: Option<Trip>,
    /// Whether its holder's address on the web is sometimes elsewhere.
    uses_vpn: bool,
    account: u32,
    seed: u64,
}

/// Some days abroad.
#[derive(Clone, Copy, Debug)]
struct Trip {
    from: i64,
    to: i64,
    country: u8,
}

impl Card {
    /// The card of a number.
    pub(crate) fn of(seed: u64, number: u32) -> Self {
        let mut random = Random::of(seed, HABITS, u64::from(number));
        let home = world::issuing_country(&mut random);
        let age_days =
            if random.per_thousand(40) { random.within(0, 30) as i64 } else { random.within(30, 2_500) as i64 };
        let new_phone = random.per_thousand(80).then(|| START + random.below(SPAN as u64) as i64);
        let trip = random.per_thousand(120).then(|| {
            let from = START + random.below(SPAN as u64) as i64;
            let to = from + random.within(2, 14) as i64 * DAY;
            Trip { from, to, country: world::foreign_country(&mut random, home) }
        });
        Self {
            number,
            home,
            credit_limit: 500 * random.within(2, 20) as u32,
            web: random.within(150, 550),
            freely: random.one_of(&[50, 70, 80, 90, 100, 100, 110, 130, 160, 240]),
            age_days,
            new_phone,
            trip,
            uses_vpn: random.per_thousand(30),
            account: random.next() as u32,
            seed,
        }
    }

    /// How often it is used, of eight: a few cards make most of the payments.
    pub(crate) fn activity(seed: u64, number: u32) -> u64 {
        Random::of(seed, FAVOURITES, u64::from(number)).one_of(&[1, 1, 2, 2, 3, 3, 4, 5, 6, 8])
    }

    /// Whether its holder would pay on the web at `at`, as likely as it is.
    pub(crate) fn is_on_web(&self, random: &mut Random) -> bool {
        random.per_thousand(self.web)
    }

    /// Where its holder is.
    pub(crate) fn place(&self, at: i64) -> u8 {
        match self.trip {
            Some(trip) if (trip.from..trip.to).contains(&at) => trip.country,
            _ => self.home,
        }
    }

    /// What its holder buys at `at`.
    pub(crate) fn purchase(&self, random: &mut Random, merchants: &Merchants, at: i64, on_web: bool) -> Payment {
        let place = self.place(at);
        let category = world::any_category(random, on_web);
        // On the web one in four shops is abroad; a holder who is abroad buys in the shops there.
        let shop_country = if !on_web {
            place
        } else if random.per_thousand(250) {
            world::foreign_country(random, self.home)
        } else {
            self.home
        };
        // Known shops are at home.
        let merchant = if shop_country == self.home && random.per_thousand(750) {
            self.favourite(random, merchants, category)
        } else {
            merchants.any(random, shop_country, category)
        };
        let mut payment = self.payment(at, category, shop_country, merchant);
        payment.cents = if category == SUBSCRIPTIONS {
            // The same every time: what the merchant charges.
            world::amount(&mut Random::of(self.seed, FAVOURITES, u64::from(merchant) << 32), category, 100)
        } else {
            world::amount(random, category, self.freely)
        };
        payment.country = place;
        payment.channel = channel(random, category, payment.cents, on_web);
        if payment.channel == Channel::Web {
            if self.uses_vpn && random.per_thousand(150) {
                payment.country = world::foreign_country(random, place);
            }
            payment.online = Some(self.online(random, at));
        }
        payment
    }

    /// A payment with this card whose other facts are those of its holder: at home, in a shop, approved.
    pub(crate) fn payment(&self, at: i64, category: u8, shop_country: u8, merchant: u32) -> Payment {
        Payment {
            number: 0,
            card: self.number,
            at,
            cents: 0,
            country: shop_country,
            shop_country,
            category,
            merchant,
            channel: Channel::Chip,
            online: None,
            approved: true,
            card_age_days: (self.age_days + (at - START).div_euclid(DAY)) as i32,
            card_country: self.home,
            credit_limit: self.credit_limit,
        }
    }

    /// The holder's device, account and address. On the move, addresses change.
    pub(crate) fn online(&self, random: &mut Random, at: i64) -> Online {
        let phone = u64::from(self.new_phone.is_some_and(|change| at >= change));
        let device = Random::of(self.seed, FAVOURITES, u64::from(self.number) << 32 | 1 << 20 | phone).next() as u32;
        let at_home = self.place(at) == self.home && !random.per_thousand(300);
        let host = if at_home { u64::from(self.account) } else { random.next() };
        Online { device, account: self.account, ip: address(self.place(at), host), cvv_match: true }
    }

    /// One of the two or three shops of a kind that it knows.
    fn favourite(&self, random: &mut Random, merchants: &Merchants, category: u8) -> u32 {
        let which = u64::from(category) * 4 + random.below(3);
        let mut known = Random::of(self.seed, FAVOURITES, u64::from(self.number) << 8 | which);
        merchants.any(&mut known, self.home, category)
    }
}

/// How one pays such an amount in such a shop.
fn channel(random: &mut Random, category: u8, cents: u32, on_web: bool) -> Channel {
    debug_assert!(usize::from(category) < CATEGORIES.len());
    if category == CASH {
        Channel::Atm
    } else if random.per_thousand(8) {
        Channel::Keyed
    } else if on_web {
        Channel::Web
    } else if cents <= 5_000 && !random.per_thousand(250) {
        Channel::Contactless
    } else {
        Channel::Chip
    }
}

/// An address of 10.0.0.0/8, which routes nowhere: the country, then the host.
pub(crate) fn address(country: u8, host: u64) -> u32 {
    10 << 24 | u32::from(country) << 16 | (host as u32 & 0xffff)
}
