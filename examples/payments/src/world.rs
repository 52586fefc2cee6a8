//! The world that payments are made in: countries, kinds of shops, when people pay, and which merchants there are.
//! Tables and what is drawn from them; knows no cards.

use std::ops::Range;

use crate::random::Random;

/// Where cards are issued and shops stand.
pub(crate) struct Country {
    pub(crate) code: &'static str,
    pub(crate) currency: &'static str,
    /// Minutes that its clocks are ahead of UTC.
    pub(crate) minutes_ahead: i64,
    /// How many of a hundred cards are issued there.
    pub(crate) cards: u32,
}

const fn country(code: &'static str, currency: &'static str, hours_ahead: i64, cards: u32) -> Country {
    Country { code, currency, minutes_ahead: hours_ahead * 60, cards }
}

/// The issuer has cards in the first eight; people travel to all, and shops on the web are in all.
pub(crate) const COUNTRIES: [Country; 16] = [
    country("DE", "EUR", 1, 26),
    country("FR", "EUR", 1, 20),
    country("GB", "GBP", 0, 18),
    country("ES", "EUR", 1, 10),
    country("IT", "EUR", 1, 10),
    country("NL", "EUR", 1, 7),
    country("PL", "PLN", 1, 6),
    country("SE", "SEK", 1, 3),
    country("US", "USD", -5, 0),
    country("CH", "CHF", 1, 0),
    country("AT", "EUR", 1, 0),
    country("PT", "EUR", 0, 0),
    country("GR", "EUR", 2, 0),
    country("TR", "TRY", 3, 0),
    country("CA", "CAD", -5, 0),
    country("JP", "JPY", 9, 0),
];

/// A kind of shop.
pub(crate) struct Category {
    /// By ISO 18245.
    pub(crate) mcc: u16,
    /// How often of all purchases in shops, and on the web.
    pub(crate) in_shops: u32,
    pub(crate) on_web: u32,
    /// Cents at the least, the tenth percentile, the median, the ninetieth percentile and the greatest.
    amounts: [u64; 5],
    /// Amounts are multiples of this many cents.
    pub(crate) step: u64,
}

const fn category(mcc: u16, in_shops: u32, on_web: u32, step: u64, amounts: [u64; 5]) -> Category {
    Category { mcc, in_shops, on_web, amounts, step }
}

pub(crate) const CATEGORIES: [Category; 14] = [
    category(5411, 300, 30, 1, [150, 900, 2_800, 9_000, 25_000]), // supermarkets
    category(5812, 200, 60, 10, [350, 1_100, 2_700, 6_500, 20_000]), // restaurants
    category(5541, 90, 0, 1, [800, 3_000, 5_500, 8_000, 12_000]), // fuel
    category(4111, 90, 50, 10, [150, 250, 450, 3_000, 9_000]),    // trains and buses
    category(5912, 60, 20, 1, [200, 600, 1_500, 4_500, 12_000]),  // pharmacies
    category(5651, 60, 110, 10, [900, 2_000, 4_900, 12_000, 40_000]), // clothing
    category(ELECTRONICS_MCC, 20, 60, 100, [900, 2_500, 9_900, 60_000, 180_000]),
    category(5200, 50, 20, 1, [200, 900, 2_900, 12_000, 60_000]), // building and gardening
    category(5999, 10, 300, 1, [500, 1_200, 3_200, 9_500, 30_000]), // all kinds of things
    category(5815, 0, 120, 100, [199, 499, 999, 1_499, 4_999]),   // subscriptions
    category(4511, 0, 30, 1, [3_000, 6_000, 14_000, 42_000, 150_000]), // airlines
    category(5944, 5, 6, 100, [2_000, 4_000, 12_000, 50_000, 250_000]), // jewellery
    category(GIFT_CARDS_MCC, 10, 12, 500, [1_000, 1_500, 2_500, 7_500, 15_000]),
    category(CASH_MCC, 50, 0, 1_000, [2_000, 3_000, 6_000, 20_000, 50_000]),
];

const ELECTRONICS_MCC: u16 = 5732;
const GIFT_CARDS_MCC: u16 = 5947;
const CASH_MCC: u16 = 6011;

/// Places in [`CATEGORIES`].
pub(crate) const CLOTHING: u8 = 5;
pub(crate) const ELECTRONICS: u8 = 6;
pub(crate) const RETAIL: u8 = 8;
pub(crate) const SUBSCRIPTIONS: u8 = 9;
pub(crate) const JEWELLERY: u8 = 11;
pub(crate) const GIFT_CARDS: u8 = 12;
pub(crate) const CASH: u8 = 13;

/// How likely people pay in each hour of their day, of a hundred.
const SHOP_HOURS: [u64; 24] =
    [2, 1, 1, 1, 1, 4, 15, 40, 55, 60, 70, 85, 100, 90, 70, 65, 75, 95, 100, 80, 50, 35, 20, 8];
const WEB_HOURS: [u64; 24] =
    [18, 8, 4, 2, 2, 4, 12, 25, 35, 45, 50, 55, 60, 55, 50, 50, 55, 60, 70, 85, 100, 95, 70, 40];
/// And on each day of their week, from Monday.
const SHOP_DAYS: [u64; 7] = [75, 75, 78, 80, 95, 100, 45];

pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// When the first payment is made: 2 March 2026, a Monday, midnight UTC. Milliseconds since the Unix epoch.
pub(crate) const START: i64 = 1_772_409_600_000;
/// How long it goes on.
pub(crate) const SPAN: i64 = 30 * DAY;

/// The hour of the day in `country` at `at`.
pub(crate) fn local_hour(country: u8, at: i64) -> i64 {
    local(country, at).rem_euclid(DAY) / HOUR
}

fn local(country: u8, at: i64) -> i64 {
    at - START + COUNTRIES[usize::from(country)].minutes_ahead * MINUTE
}

/// Of ten thousand, how many would pay just then who would at the best of times.
pub(crate) fn inclination(country: u8, at: i64, on_web: bool) -> u64 {
    let hour = local_hour(country, at) as usize;
    let day = local(country, at).div_euclid(DAY).rem_euclid(7) as usize;
    if on_web { WEB_HOURS[hour] * 90 } else { SHOP_HOURS[hour] * SHOP_DAYS[day] }
}

/// A country, as often as cards are issued there.
pub(crate) fn issuing_country(random: &mut Random) -> u8 {
    random.weighted(COUNTRIES.iter().map(|country| country.cards)) as u8
}

/// Any country but `home`.
pub(crate) fn foreign_country(random: &mut Random, home: u8) -> u8 {
    let other = random.below(COUNTRIES.len() as u64 - 1) as u8;
    if other < home { other } else { other + 1 }
}

/// A kind of shop, as often as people buy there.
pub(crate) fn any_category(random: &mut Random, on_web: bool) -> u8 {
    random.weighted(CATEGORIES.iter().map(|category| if on_web { category.on_web } else { category.in_shops })) as u8
}

/// An amount in cents as people spend it in such shops; `percent` is how freely this one spends.
pub(crate) fn amount(random: &mut Random, category: u8, percent: u64) -> u32 {
    let Category { amounts, step, .. } = &CATEGORIES[usize::from(category)];
    const SHARES: [u64; 4] = [10, 40, 40, 10];
    let piece = random.weighted(SHARES.iter().map(|share| *share as u32));
    // Within the last tenth small amounts are likelier: the lesser of two draws.
    let draw = |random: &mut Random| random.within(amounts[piece], amounts[piece + 1]);
    let drawn = if piece == 3 { draw(random).min(draw(random)).min(draw(random)) } else { draw(random) };
    round_to(drawn * percent / 100, *step)
}

/// At least one step.
pub(crate) fn round_to(cents: u64, step: u64) -> u32 {
    ((cents / step).max(1) * step) as u32
}

/// Which merchants there are: a block of numbers for each country and kind of shop.
#[derive(Debug)]
pub(crate) struct Merchants {
    /// Where each block begins, by country and category; then the end.
    starts: Vec<u32>,
}

impl Merchants {
    /// About `count` of them; at least three of each kind in each country.
    pub(crate) fn new(count: u64) -> Self {
        let mut starts = vec![0];
        let mut end = 0;
        for country in &COUNTRIES {
            for category in &CATEGORIES {
                let share = u64::from(country.cards.max(2) * (category.in_shops + category.on_web));
                end += (count * share / 220_000).max(3) as u32;
                starts.push(end);
            }
        }
        Self { starts }
    }

    /// Those of a kind in a country.
    pub(crate) fn of(&self, country: u8, category: u8) -> Range<u32> {
        let at = usize::from(country) * CATEGORIES.len() + usize::from(category);
        self.starts[at]..self.starts[at + 1]
    }

    /// Any of them.
    pub(crate) fn any(&self, random: &mut Random, country: u8, category: u8) -> u32 {
        let block = self.of(country, category);
        block.start + random.below(u64::from(block.end - block.start)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_categories_stand_where_they_are_said_to() {
        let mcc = |at: u8| CATEGORIES[usize::from(at)].mcc;
        let found = [CLOTHING, ELECTRONICS, RETAIL, SUBSCRIPTIONS, JEWELLERY, GIFT_CARDS, CASH].map(mcc);
        assert_eq!(found, [5651, 5732, 5999, 5815, 5944, 5947, 6011]);
    }

    #[test]
    fn the_first_day_is_a_monday_and_clocks_differ() {
        assert_eq!(START % DAY, 0);
        assert_eq!((START / DAY + 3) % 7, 0, "1 January 1970 was a Thursday");
        assert_eq!(local_hour(0, START), 1, "Berlin in winter");
        assert_eq!(local_hour(8, START), 19, "New York, the day before");
    }

    #[test]
    fn nobody_is_abroad_at_home() {
        let mut random = Random::of(1, 0, 0);
        let abroad: Vec<u8> = (0..1_000).map(|_| foreign_country(&mut random, 3)).collect();
        assert!(!abroad.contains(&3));
        assert!((0..16).filter(|country| *country != 3).all(|country| abroad.contains(&country)));
    }

    #[test]
    fn half_of_the_amounts_are_below_the_median_of_their_kind() {
        let mut random = Random::of(1, 0, 0);
        let below = (0..10_000).filter(|_| amount(&mut random, 0, 100) < 2_800).count();
        assert!((4_800..5_200).contains(&below), "{below}");
    }

    #[test]
    fn blocks_of_merchants_do_not_overlap_and_grow_with_their_number() {
        for count in [100, 100_000] {
            let merchants = Merchants::new(count);
            let mut end = 0;
            for country in 0..16 {
                for category in 0..14 {
                    let block = merchants.of(country, category);
                    assert_eq!(block.start, end);
                    assert!(block.len() >= 3);
                    end = block.end;
                }
            }
            assert!(u64::from(end) > count * 8 / 10, "{end}");
        }
    }
}
