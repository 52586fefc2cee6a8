//! A plan that fails, made small: steps are left out, as many at a time as can be, as long as what is left still fails.

use crate::plan::Plan;
use crate::plant::Plant;
use crate::world::play;

/// The smallest plan that was found in at most `tries` tries, and how it fails; `None` if the plan does not fail.
pub fn shrink(plan: &Plan, plant: Option<Plant>, tries: usize) -> Option<(Plan, String)> {
    let mut small = plan.clone();
    let mut how = play(&small, plant).err()?;
    let mut left = tries;
    let mut size = small.steps.len().div_ceil(2);
    while size > 0 {
        let mut from = 0;
        let mut has_shrunk = false;
        while from < small.steps.len() && left > 0 {
            let mut without = small.clone();
            without.steps.drain(from..(from + size).min(small.steps.len()));
            left -= 1;
            match play(&without, plant) {
                Err(other) => (small, how, has_shrunk) = (without, other, true),
                Ok(_) => from += size,
            }
        }
        if left == 0 {
            break;
        }
        if !has_shrunk || size > small.steps.len() {
            size /= 2;
        }
    }
    Some((small, how))
}
