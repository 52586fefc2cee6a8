//! The proleptic Gregorian calendar: days since the Unix epoch ↔ year, month, day. Arithmetic only.
//!
//! Years are counted from 1 March, so that the leap day is the last of its year and every 400 years are alike.

/// Days in 400 years.
const ERA: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: i64,
    /// 1 to 12.
    pub(crate) month: i64,
    /// 1 to 31.
    pub(crate) day: i64,
}

/// The day that is `days` after 1970-01-01.
pub(crate) fn date(days: i64) -> Date {
    let since = days + EPOCH;
    let (era, day_of_era) = (since.div_euclid(ERA), since.rem_euclid(ERA));
    // A leap day every 1,460 days but every 36,524, and again every 146,096: undo them to divide by 365.
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - days_before_year(year_of_era);
    // From March, months follow the pattern 31 30 31 30 31, which is 153 days in 5 months.
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - days_before_month(shifted) + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    Date { year: era * 400 + year_of_era + i64::from(month <= 2), month, day }
}

/// Days from 1970-01-01 to `date`, which has to exist.
pub(crate) fn days(date: Date) -> i64 {
    let year = date.year - i64::from(date.month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let shifted = if date.month > 2 { date.month - 3 } else { date.month + 9 };
    era * ERA + days_before_year(year_of_era) + days_before_month(shifted) + date.day - 1 - EPOCH
}

fn days_before_year(year_of_era: i64) -> i64 {
    365 * year_of_era + year_of_era / 4 - year_of_era / 100
}

fn days_before_month(shifted: i64) -> i64 {
    (153 * shifted + 2) / 5
}

/// The days of a month, 1 to 12.
pub(crate) fn days_in_month(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_epoch_is_day_zero() {
        assert_eq!(date(0), Date { year: 1970, month: 1, day: 1 });
        assert_eq!(date(-1), Date { year: 1969, month: 12, day: 31 });
    }

    #[test]
    fn centuries_leap_only_every_fourth_time() {
        assert_eq!(days_in_month(1900, 2), 28);
        assert_eq!(days_in_month(2000, 2), 29);
        let leap_day = Date { year: 2000, month: 2, day: 29 };
        assert_eq!(date(days(leap_day)), leap_day);
        assert_eq!(date(days(leap_day) + 1), Date { year: 2000, month: 3, day: 1 });
    }

    proptest! {
        #[test]
        fn every_day_agrees_with_jiff(day in -719_162i64..=2_932_896) {
            let epoch = jiff::civil::date(1970, 1, 1);
            let known = epoch.checked_add(jiff::Span::new().days(day)).expect("within jiff's range");
            let ours = date(day);
            let theirs = (i64::from(known.year()), i64::from(known.month()), i64::from(known.day()));
            prop_assert_eq!((ours.year, ours.month, ours.day), theirs);
            prop_assert_eq!(days(ours), day);
        }
    }
}
