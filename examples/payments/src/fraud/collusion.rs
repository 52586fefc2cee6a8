//! Collusion: a merchant, or somebody in its books, types in charges on cards that bought there before: round amounts,
//! two to five on each card, in the small hours of one or two nights.

use super::Scene;
use crate::payment::{Channel, Payment};
use crate::world::{self, DAY, RETAIL};

pub(super) fn case(scene: &mut Scene<'_>) -> Vec<Payment> {
    let country = world::issuing_country(&mut scene.random);
    let merchant = scene.merchants.any(&mut scene.random, country, RETAIL);
    let beginning = scene.beginning();
    let midnight = beginning - beginning.rem_euclid(DAY);
    let mut made = Vec::new();
    for _ in 0..scene.random.within(6, 14) {
        let victim = scene.victim();
        let nights = scene.random.within(1, 2) as i64;
        for charge in 0..scene.random.within(2, 5) as i64 {
            let at = midnight + DAY * (charge % nights) + scene.minutes(0, 240);
            let mut payment = victim.payment(at, RETAIL, country, merchant);
            payment.cents = 5_000 * scene.random.within(2, 9) as u32;
            payment.channel = Channel::Keyed;
            payment.approved = scene.random.per_thousand(920);
            made.push(payment);
        }
    }
    made
}
