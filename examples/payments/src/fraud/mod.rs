//! Fraud, case by case. Each scenario is a file; a case is what one culprit does to one card (collusion: what one
//! merchant does to many). Every payment of a case is labelled, also those that the issuer declines.

mod account_takeover;
mod bust_out;
mod card_testing;
mod collusion;
mod gift_cards;
mod stolen_card;

use std::fmt;

use crate::card::{Card, address};
use crate::payment::{Online, Payment};
use crate::random::Random;
use crate::world::{DAY, MINUTE, Merchants, START, foreign_country};

/// What kind of fraud a payment is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scenario {
    /// Many small payments at many merchants on the web, to see which stolen numbers work; then a large one.
    CardTesting,
    /// A stranger has the holder's accounts: another device, another country, large amounts.
    AccountTakeover,
    /// The holder spends ever more, then all that the limit allows and more, and vanishes.
    BustOut,
    /// A stolen card in the hands of its thief: shop after shop, below what asks for a PIN.
    StolenCard,
    /// A merchant charges cards that it knows the numbers of, at night, in round amounts.
    Collusion,
    /// A stolen number is turned into gift cards.
    GiftCards,
}

impl Scenario {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::CardTesting, Self::AccountTakeover, Self::BustOut, Self::StolenCard, Self::Collusion, Self::GiftCards];

    /// Cases in a million payments. Together about five payments of a thousand are fraud: some five times what issuers
    /// report, so that small files have enough of it.
    fn cases_per_million(self) -> u64 {
        match self {
            Self::CardTesting => 50,
            Self::AccountTakeover => 120,
            Self::BustOut => 20,
            Self::StolenCard => 80,
            Self::Collusion => 12,
            Self::GiftCards => 100,
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CardTesting => "card_testing",
            Self::AccountTakeover => "account_takeover",
            Self::BustOut => "bust_out",
            Self::StolenCard => "stolen_card",
            Self::Collusion => "collusion",
            Self::GiftCards => "gift_cards",
        })
    }
}

/// What a payment is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// What is done.
    pub scenario: Scenario,
    /// The number of the case, over all scenarios, from 1.
    pub case: u32,
}

/// What a scenario works with: the world, and the cards that there are.
struct Scene<'a> {
    seed: u64,
    cards: u64,
    merchants: &'a Merchants,
    random: Random,
}

/// What sequences of chance are for.
const CASES: u64 = 3;

/// Every fraudulent payment among about `events` payments, and what the same hands do before, in no order.
pub(crate) fn all(seed: u64, events: u64, cards: u64, merchants: &Merchants) -> Vec<(Payment, Option<Label>)> {
    let mut made = Vec::new();
    let mut case = 0;
    for scenario in Scenario::ALL {
        for _ in 0..(events * scenario.cases_per_million() / 1_000_000).max(3) {
            case += 1;
            let mut scene = Scene { seed, cards, merchants, random: Random::of(seed, CASES, u64::from(case)) };
            let (before, payments) = match scenario {
                Scenario::CardTesting => (Vec::new(), card_testing::case(&mut scene)),
                Scenario::AccountTakeover => (Vec::new(), account_takeover::case(&mut scene)),
                Scenario::BustOut => bust_out::case(&mut scene),
                Scenario::StolenCard => stolen_card::case(&mut scene),
                Scenario::Collusion => (Vec::new(), collusion::case(&mut scene)),
                Scenario::GiftCards => (Vec::new(), gift_cards::case(&mut scene)),
            };
            made.extend(before.into_iter().map(|payment| (payment, None)));
            made.extend(payments.into_iter().map(|payment| (payment, Some(Label { scenario, case }))));
        }
    }
    made
}

impl Scene<'_> {
    /// Any card.
    fn victim(&mut self) -> Card {
        let number = self.random.below(self.cards);
        Card::of(self.seed, number as u32)
    }

    /// When a case begins: after some days in which holders show their habits.
    fn beginning(&mut self) -> i64 {
        START + self.random.within(4 * DAY as u64, 28 * DAY as u64) as i64
    }

    /// So many minutes, at random.
    fn minutes(&mut self, low: u64, high: u64) -> i64 {
        self.random.within(low * MINUTE as u64, high * MINUTE as u64) as i64
    }

    /// A stranger with a device of its own, somewhere: the country and what its payments say.
    fn stranger(&mut self, home: u8) -> (u8, Online) {
        let country = if self.random.per_thousand(800) { foreign_country(&mut self.random, home) } else { home };
        let (device, account, host) = (self.random.next() as u32, self.random.next() as u32, self.random.next());
        (country, Online { device, account, ip: address(country, host), cvv_match: true })
    }
}
