//! A stolen card: shop after shop within two hours, held to the terminal, each time below the fifty euros that ask for
//! a PIN. Where the thief knows the PIN, cash follows. Three of ten are copies, used abroad while the holder goes
//! shopping at home.

use super::Scene;
use crate::payment::{Channel, Payment};
use crate::world::{self, CASH};

/// The payments of a case: first those that are no fraud, then those that are.
pub(super) fn case(scene: &mut Scene<'_>) -> (Vec<Payment>, Vec<Payment>) {
    let victim = scene.victim();
    let mut at = scene.beginning();
    let copied = scene.random.per_thousand(300);
    let place = if copied { world::foreign_country(&mut scene.random, victim.home) } else { victim.place(at) };
    let mut before = Vec::new();
    if copied {
        let earlier = at - scene.minutes(20, 120);
        before.push(victim.purchase(&mut scene.random, scene.merchants, earlier, false));
    }
    let mut made = Vec::new();
    for _ in 0..scene.random.within(5, 14) {
        at += scene.minutes(1, 13);
        let category = loop {
            match world::any_category(&mut scene.random, false) {
                CASH => {}
                category => break category,
            }
        };
        let merchant = scene.merchants.any(&mut scene.random, place, category);
        let mut payment = victim.payment(at, category, place, merchant);
        payment.cents = scene.random.within(2_200, 4_999) as u32;
        payment.channel = Channel::Contactless;
        payment.approved = made.len() < 5 || scene.random.per_thousand(700);
        made.push(payment);
    }
    if scene.random.per_thousand(300) {
        at += scene.minutes(5, 30);
        let merchant = scene.merchants.any(&mut scene.random, place, CASH);
        let mut payment = victim.payment(at, CASH, place, merchant);
        payment.cents = 10_000 * scene.random.within(2, 10) as u32;
        payment.channel = Channel::Atm;
        payment.approved = scene.random.per_thousand(600);
        made.push(payment);
    }
    (before, made)
}
