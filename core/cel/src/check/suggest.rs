//! Did you mean: which of the known names a misspelt one is near to.

/// Names longer than this are not typed by hand, and comparing them costs the square of their length.
const MAX_LENGTH: usize = 64;
/// More than this is a list, not a suggestion.
const MAX_SUGGESTIONS: usize = 3;

/// The names nearest to `name`, as a question; none if none is near.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let allowed = match name.chars().count() {
        0..=2 => 0,
        3..=5 => 1,
        6..=8 => 2,
        9..=MAX_LENGTH => 3,
        _ => return None,
    };
    let plain_name = plain(name);
    let mut near: Vec<(usize, &str)> = known
        .into_iter()
        .filter(|known| known.len() <= MAX_LENGTH)
        .map(|known| (distance(&plain_name, &plain(known)), known))
        .filter(|(distance, _)| *distance <= allowed)
        .collect();
    near.sort_unstable();
    near.dedup();
    let best = near.first()?.0;
    Some(question(near.iter().take_while(|(distance, _)| *distance == best).map(|(_, known)| *known)))
}

/// `did you mean "a" or "b"?`
pub(super) fn question<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.take(MAX_SUGGESTIONS).map(|name| format!("\"{name}\"")).collect();
    format!("did you mean {}?", names.join(" or "))
}

/// Case and underscores are what people misremember first: `cardId` is `card_id`.
fn plain(name: &str) -> Vec<char> {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

/// How many insertions, deletions, replacements and swaps of neighbours lead from one to the other.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let replaced = last[j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut best = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                best = best.min(before_last[j - 2] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggest(name: &str, known: &[&str]) -> Option<String> {
        did_you_mean(name, known.iter().copied())
    }

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        assert_eq!(suggest("ammount", &["amount", "country"]).as_deref(), Some(r#"did you mean "amount"?"#));
        assert_eq!(suggest("amuont", &["amount", "country"]).as_deref(), Some(r#"did you mean "amount"?"#));
    }

    #[test]
    fn case_and_underscores_do_not_count() {
        assert_eq!(suggest("cardId", &["card_id", "card_ip"]).as_deref(), Some(r#"did you mean "card_id"?"#));
    }

    #[test]
    fn names_equally_near_are_all_offered() {
        assert_eq!(suggest("cat", &["car", "cab"]).as_deref(), Some(r#"did you mean "cab" or "car"?"#));
    }

    #[test]
    fn nothing_is_better_than_something_far() {
        assert_eq!(suggest("velocity", &["amount", "id"]), None);
        assert_eq!(suggest("x", &["y"]), None);
    }
}
