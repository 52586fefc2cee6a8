//! What the readme promises of the payments.

use std::collections::{HashMap, HashSet};

use crate::forms::{write_csv, write_delimited, write_json};
use crate::world::{DAY, MINUTE, START};
use crate::{Channel, Deliveries, Delivery, Scenario};

const EVENTS: u64 = 30_000;

fn deliveries(seed: u64) -> Vec<Delivery> {
    Deliveries::new(seed, EVENTS).collect()
}

/// FNV-1a over every byte of every form.
fn fingerprint(deliveries: &[Delivery]) -> u64 {
    let mut bytes = Vec::new();
    for delivery in deliveries {
        for write in [write_csv, write_delimited, write_json] {
            write(&delivery.payment, &mut bytes);
        }
    }
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

#[test]
fn a_seed_is_always_the_same_payments_and_another_seed_others() {
    assert_eq!(fingerprint(&deliveries(1)), fingerprint(&deliveries(1)));
    assert_ne!(fingerprint(&deliveries(1)), fingerprint(&deliveries(2)));
}

#[test]
fn there_are_as_many_as_were_asked_for_in_the_order_of_arrival_over_thirty_days() {
    for (seed, events) in [(1, 1_000), (2, EVENTS), (3, 300_000)] {
        let mut last = i64::MIN;
        let mut count = 0;
        for delivery in Deliveries::new(seed, events) {
            assert!(delivery.arrival >= last);
            last = delivery.arrival;
            count += 1;
        }
        assert_eq!(count, events);
        assert!(
            (25..36).contains(&((last - START) / DAY)),
            "{events} payments end after {} days",
            (last - START) / DAY
        );
    }
}

#[test]
fn payments_arrive_after_they_were_made_and_nearly_all_within_half_a_minute() {
    let deliveries = deliveries(1);
    let delay = |delivery: &Delivery| delivery.arrival - delivery.payment.at;
    assert!(deliveries.iter().all(|delivery| delay(delivery) > 0));
    let slow = deliveries.iter().filter(|delivery| !delivery.again && delay(delivery) > MINUTE / 2).count();
    assert!((10..300).contains(&slow), "{slow}");
    let mut highest = i64::MIN;
    let mut disordered = 0;
    for delivery in &deliveries {
        disordered += u32::from(delivery.payment.at < highest);
        highest = highest.max(delivery.payment.at);
    }
    assert!(disordered > 100, "{disordered}");
}

#[test]
fn an_id_comes_twice_only_as_the_same_payment_within_the_minute() {
    let mut first = HashMap::new();
    let mut twice = 0;
    for delivery in Deliveries::new(1, EVENTS) {
        match first.insert(delivery.payment.number, delivery) {
            None => assert!(!delivery.again),
            Some(before) => {
                assert_eq!(before.payment, delivery.payment);
                assert!(delivery.again && delivery.arrival - before.arrival < MINUTE);
                twice += 1;
            }
        }
    }
    assert!((3..60).contains(&twice), "{twice}");
}

#[test]
fn every_scenario_has_cases_and_fraud_is_rare() {
    let deliveries = deliveries(1);
    let labels: Vec<_> = deliveries.iter().filter_map(|delivery| delivery.label).collect();
    for scenario in Scenario::ALL {
        let cases: HashSet<u32> =
            labels.iter().filter(|label| label.scenario == scenario).map(|label| label.case).collect();
        assert!(cases.len() >= 3, "{scenario}: {} cases", cases.len());
    }
    assert!(labels.len() * 100 < deliveries.len() * 2, "{} of {}", labels.len(), deliveries.len());
}

#[test]
fn people_sleep_at_night_and_buy_in_shops_by_day() {
    let deliveries = deliveries(1);
    let at_hours = |from: i64, to: i64| {
        let hour = |delivery: &&Delivery| ((delivery.payment.at - START).rem_euclid(DAY)) / (60 * MINUTE);
        deliveries.iter().filter(|delivery| (from..to).contains(&hour(delivery))).count()
    };
    assert!(at_hours(10, 13) > 20 * at_hours(1, 4), "{} by day, {} at night", at_hours(10, 13), at_hours(1, 4));
}

#[test]
fn only_payments_on_the_web_name_a_device_and_a_card_keeps_its_own() {
    let mut devices: HashMap<u32, HashSet<u32>> = HashMap::new();
    for delivery in deliveries(1).iter().filter(|delivery| delivery.label.is_none()) {
        let payment = &delivery.payment;
        assert_eq!(payment.online.is_some(), payment.channel == Channel::Web);
        if let Some(online) = payment.online {
            devices.entry(payment.card).or_default().insert(online.device);
        }
    }
    assert!(devices.values().all(|devices| devices.len() <= 2), "a holder changes phones once at the most");
    let changed = devices.values().filter(|devices| devices.len() == 2).count();
    assert!(changed * 4 < devices.len() && changed > 0, "{changed} of {}", devices.len());
}
