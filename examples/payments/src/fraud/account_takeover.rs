//! Account takeover: the holder's accounts at shops in a stranger's hands. A device and mostly a country that the card
//! never had, and goods that sell well, at two to five times what the holder spends. Half of them keep the holder's address.

use super::Scene;
use crate::payment::{Channel, Online, Payment};
use crate::world::{CLOTHING, ELECTRONICS, JEWELLERY, RETAIL};

pub(super) fn case(scene: &mut Scene<'_>) -> Vec<Payment> {
    let victim = scene.victim();
    let (country, stranger) = scene.stranger(victim.home);
    let mut at = scene.beginning();
    let own = victim.online(&mut scene.random, at);
    let account = if scene.random.per_thousand(500) { own.account } else { stranger.account };
    let mut made = Vec::new();
    for _ in 0..scene.random.within(3, 9) {
        at += scene.minutes(4, 45);
        let category = scene.random.one_of(&[ELECTRONICS, ELECTRONICS, JEWELLERY, CLOTHING, RETAIL]);
        let shop_country = if scene.random.per_thousand(600) { victim.home } else { country };
        let merchant = scene.merchants.any(&mut scene.random, shop_country, category);
        let mut payment = victim.payment(at, category, shop_country, merchant);
        payment.cents = scene.random.within(15_000, 140_000) as u32;
        payment.country = country;
        payment.channel = Channel::Web;
        payment.online = Some(Online { account, ..stranger });
        payment.approved = scene.random.per_thousand(850);
        made.push(payment);
    }
    made
}
