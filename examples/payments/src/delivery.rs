//! What arrives, in the order of arrival: holders' payments and the culprits', each a moment after it was made, a few
//! much later, and some twice. One at a time: memory holds the cases and what is under way.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::card::Card;
use crate::fraud::{self, Label};
use crate::payment::{Channel, Payment};
use crate::random::Random;
use crate::world::{self, HOUR, MINUTE, Merchants, SPAN, START};

/// Payments a card makes in [`SPAN`], about.
const PER_CARD: u64 = 45;
/// Payments that follow from one that a holder plans, in hundredths: shops on the same way, and second tries.
const FOLLOWING: u64 = 131;

/// What sequences of chance are for.
const PURCHASES: u64 = 4;
const WAYS: u64 = 5;
const PILOT: u64 = 6;

/// A payment as it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What was paid.
    pub payment: Payment,
    /// What fraud it is part of, if it is.
    pub label: Option<Label>,
    /// When it arrives: milliseconds since the Unix epoch.
    pub arrival: i64,
    /// Whether it arrived before.
    pub again: bool,
}

/// All payments of a seed: the iterator ends after as many as were asked for.
#[derive(Debug)]
pub struct Deliveries {
    seed: u64,
    cards: u64,
    merchants: Merchants,
    left: u64,
    /// Twice the mean time between two candidates, in microseconds.
    gap: u64,
    /// When the next candidate pays, in microseconds since [`START`].
    next: u64,
    purchases: Random,
    ways: Random,
    under_way: BinaryHeap<Reverse<UnderWay>>,
    made: u64,
    /// Ids that were given: in the order of arrival, so that an id says nothing about its payment.
    numbered: u64,
}

/// A payment between its making and its arrival, ordered by arrival, then by its making.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct UnderWay {
    made: u64,
    delivery: Delivery,
}

impl Ord for UnderWay {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.delivery.arrival, self.made).cmp(&(other.delivery.arrival, other.made))
    }
}

impl PartialOrd for UnderWay {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Deliveries {
    /// `events` payments of about thirty days.
    pub fn new(seed: u64, events: u64) -> Self {
        let cards = (events / PER_CARD).clamp(50, u64::from(u32::MAX));
        let merchants = Merchants::new((events / 250).clamp(1_000, 100_000));
        let mut deliveries = Self {
            seed,
            cards,
            left: events,
            gap: 0,
            next: 0,
            purchases: Random::of(seed, PURCHASES, 0),
            ways: Random::of(seed, WAYS, 0),
            under_way: BinaryHeap::new(),
            made: 0,
            numbered: 0,
            merchants,
        };
        let cases = fraud::all(seed, events, cards, &deliveries.merchants);
        let honest = events.saturating_sub(cases.len() as u64).max(1);
        let candidates = honest * 1_000_000 * 100 / (deliveries.accepted_of_a_million() * FOLLOWING);
        deliveries.gap = (2 * 1_000 * SPAN as u64 / candidates.max(1)).max(1);
        for (payment, label) in cases {
            deliveries.send(payment, label);
        }
        deliveries
    }

    /// How many of a million candidates pay.
    fn accepted_of_a_million(&self) -> u64 {
        const TRIALS: u64 = 20_000;
        let mut random = Random::of(self.seed, PILOT, 0);
        let accepts = |_: &u64| {
            let at = START + random.below(SPAN as u64) as i64;
            self.candidate(&mut random, at).is_some()
        };
        let accepted = (0..TRIALS).filter(accepts).count() as u64;
        accepted.max(1) * 1_000_000 / TRIALS
    }

    /// A card that is used at `at`, and whether on the web, or nobody.
    fn candidate(&self, random: &mut Random, at: i64) -> Option<(Card, bool)> {
        let number = random.below(self.cards) as u32;
        if random.below(8) >= Card::activity(self.seed, number) {
            return None;
        }
        let card = Card::of(self.seed, number);
        let on_web = card.is_on_web(random);
        (random.below(10_000) < world::inclination(card.place(at), at, on_web)).then_some((card, on_web))
    }

    /// Lets time go on to the next candidate.
    fn go_on(&mut self) {
        self.next += self.purchases.within(0, self.gap);
        let at = START + (self.next / 1_000) as i64;
        let mut random = self.purchases.clone();
        if let Some((card, on_web)) = self.candidate(&mut random, at) {
            self.buy(&mut random, &card, at, on_web);
        }
        self.purchases = random;
    }

    /// A holder buys something, and perhaps goes on to other shops.
    fn buy(&mut self, random: &mut Random, card: &Card, mut at: i64, on_web: bool) {
        let stops = if !on_web && random.per_thousand(190) { random.within(1, 4) } else { 0 };
        for _ in 0..=stops {
            let payment = card.purchase(random, &self.merchants, at, on_web);
            self.try_to_pay(random, payment);
            at += random.within(4 * MINUTE as u64, 50 * MINUTE as u64) as i64;
        }
    }

    /// Honest payments fail, too: digits mistyped, no money. Most people try again.
    fn try_to_pay(&mut self, random: &mut Random, mut payment: Payment) {
        let mistyped = payment.online.is_some() && random.per_thousand(12);
        if mistyped || random.per_thousand(15) {
            let mut failed = payment;
            failed.approved = false;
            if let Some(online) = &mut failed.online {
                online.cvv_match = !mistyped;
            }
            self.send(failed, None);
            if random.per_thousand(350) {
                return;
            }
            payment.at += random.within(15_000, 90_000) as i64;
        }
        self.send(payment, None);
    }

    /// Puts a payment on its way.
    fn send(&mut self, payment: Payment, label: Option<Label>) {
        let arrival = payment.at + delay(&mut self.ways, payment.channel);
        self.push(Delivery { payment, label, arrival, again: false });
    }

    fn push(&mut self, delivery: Delivery) {
        self.made += 1;
        self.under_way.push(Reverse(UnderWay { made: self.made, delivery }));
    }
}

/// How long a payment is under way, in milliseconds. A few terminals are offline, and report in the evening.
fn delay(ways: &mut Random, channel: Channel) -> i64 {
    let in_shop = matches!(channel, Channel::Chip | Channel::Contactless);
    let drawn = match ways.below(1_000) {
        0..4 if in_shop => ways.within(10 * MINUTE as u64, 12 * HOUR as u64),
        0..40 => ways.within(1_500, 25_000),
        _ => ways.within(20, 1_500),
    };
    drawn as i64
}

impl Iterator for Deliveries {
    type Item = Delivery;

    fn next(&mut self) -> Option<Delivery> {
        self.left = self.left.checked_sub(1)?;
        while self.under_way.peek().is_none_or(|first| first.0.delivery.arrival > START + (self.next / 1_000) as i64) {
            self.go_on();
        }
        let Reverse(UnderWay { mut delivery, .. }) = self.under_way.pop()?; // there is one: the loop saw to it
        if delivery.again {
            return Some(delivery);
        }
        self.numbered += 1;
        delivery.payment.number = self.numbered;
        // Whoever does not hear an answer sends again. Only what came at once, so that its id is still remembered.
        if delivery.arrival - delivery.payment.at < MINUTE && self.ways.below(2_000) == 0 {
            let arrival = delivery.arrival + self.ways.within(500, 40_000) as i64;
            self.push(Delivery { arrival, again: true, ..delivery });
        }
        Some(delivery)
    }
}
