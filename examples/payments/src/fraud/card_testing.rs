//! Card testing: small amounts at many merchants within minutes, most of them declined, for the digits on the back are
//! guessed; where one passes, a large payment follows.

use super::Scene;
use crate::payment::{Channel, Online, Payment};
use crate::world::{ELECTRONICS, RETAIL, SUBSCRIPTIONS};

pub(super) fn case(scene: &mut Scene<'_>) -> Vec<Payment> {
    let victim = scene.victim();
    let (country, stranger) = scene.stranger(victim.home);
    let mut at = scene.beginning();
    let mut made = Vec::new();
    for _ in 0..scene.random.within(8, 26) {
        at += scene.random.within(5_000, 150_000) as i64;
        let category = scene.random.one_of(&[RETAIL, SUBSCRIPTIONS]);
        let shop_country = scene.random.below(16) as u8;
        let merchant = scene.merchants.any(&mut scene.random, shop_country, category);
        let mut payment = victim.payment(at, category, shop_country, merchant);
        payment.cents = scene.random.within(50, 499) as u32;
        payment.country = country;
        payment.channel = Channel::Web;
        let cvv_match = scene.random.per_thousand(350);
        payment.online = Some(Online { cvv_match, ..stranger });
        payment.approved = cvv_match && scene.random.per_thousand(900);
        made.push(payment);
    }
    for _ in 0..scene.random.within(0, 2) {
        at += scene.minutes(3, 40);
        let merchant = scene.merchants.any(&mut scene.random, victim.home, ELECTRONICS);
        let mut payment = victim.payment(at, ELECTRONICS, victim.home, merchant);
        payment.cents = 100 * scene.random.within(200, 900) as u32;
        payment.country = country;
        payment.channel = Channel::Web;
        payment.online = Some(stranger);
        payment.approved = scene.random.per_thousand(800);
        made.push(payment);
    }
    made
}
