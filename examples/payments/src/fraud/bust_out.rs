//! Bust-out: a holder who never meant to pay. For ten days the card is used a little more each day, so that nobody
//! wonders; then, within two days, everything that the limit gives, and more. Labelled is the end: what came before
//! was paid back.

use super::Scene;
use crate::payment::{Channel, Payment};
use crate::world::{CASH, DAY, ELECTRONICS, GIFT_CARDS, HOUR, JEWELLERY, START};

const DAYS: i64 = 10;

/// The ten days of growing spend: no fraud yet.
fn growing(scene: &mut Scene<'_>, victim: &crate::card::Card, from: i64) -> Vec<Payment> {
    let mut made = Vec::new();
    for day in 0..DAYS {
        for _ in 0..=day / 3 {
            let at = from + day * DAY + scene.random.within(9 * HOUR as u64, 20 * HOUR as u64) as i64;
            let mut payment = victim.purchase(&mut scene.random, scene.merchants, at, false);
            payment.cents = scene.random.within(4_000, 6_000 + 3_000 * day as u64) as u32;
            made.push(payment);
        }
    }
    made
}

/// The payments of a case: first those that are no fraud, then those that are.
pub(super) fn case(scene: &mut Scene<'_>) -> (Vec<Payment>, Vec<Payment>) {
    let victim = scene.victim();
    let first = scene.random.within(2, 16) as i64;
    let from = START + first * DAY;
    let before = growing(scene, &victim, from);
    let mut at = from + DAYS * DAY + 8 * HOUR;
    let limit = 100 * u64::from(victim.credit_limit);
    let mut spent = 0;
    let mut made = Vec::new();
    while spent < limit * 12 / 10 && made.len() < 40 {
        at += scene.minutes(10, 90);
        let category = scene.random.one_of(&[ELECTRONICS, ELECTRONICS, JEWELLERY, GIFT_CARDS, CASH]);
        let merchant = scene.merchants.any(&mut scene.random, victim.home, category);
        let mut payment = victim.payment(at, category, victim.home, merchant);
        payment.cents = scene.random.within(limit / 20, limit / 7) as u32 / 1_000 * 1_000;
        payment.channel = if category == CASH { Channel::Atm } else { Channel::Chip };
        spent += u64::from(payment.cents);
        payment.approved = spent <= limit;
        made.push(payment);
    }
    (before, made)
}
