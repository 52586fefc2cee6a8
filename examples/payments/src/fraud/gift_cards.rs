//! Gift-card drain: a stolen number, complete with the digits on its back, becomes gift cards within the hour.

use super::Scene;
use crate::payment::{Channel, Payment};
use crate::world::GIFT_CARDS;

pub(super) fn case(scene: &mut Scene<'_>) -> Vec<Payment> {
    let victim = scene.victim();
    let (country, stranger) = scene.stranger(victim.home);
    let mut at = scene.beginning();
    let mut made = Vec::new();
    for _ in 0..scene.random.within(3, 9) {
        at += scene.minutes(1, 12);
        let merchant = scene.merchants.any(&mut scene.random, victim.home, GIFT_CARDS);
        let mut payment = victim.payment(at, GIFT_CARDS, victim.home, merchant);
        payment.cents = scene.random.one_of(&[2_500, 5_000, 5_000, 10_000, 10_000, 15_000]);
        payment.country = country;
        payment.channel = Channel::Web;
        payment.online = Some(stranger);
        payment.approved = scene.random.per_thousand(900);
        made.push(payment);
    }
    made
}
