//! How names and sentences of the table are written in the languages. Knows spelling, no operation.

/// `rule_set_load` as `ruleSetLoad`.
pub(super) fn camel(snake: &str) -> String {
    let mut words = snake.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &capital(word))
}

/// `word` with a capital first letter.
pub(super) fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// `INVALID_ARGUMENT` as `InvalidArgument`.
pub(super) fn pascal(upper: &str) -> String {
    upper.split('_').map(|word| capital(&word.to_lowercase())).collect()
}

/// `text` broken at spaces into lines of at most `width` bytes, each after `prefix`, and each ended.
pub(super) fn wrapped(text: &str, prefix: &str, width: usize) -> String {
    let mut lines = String::new();
    let mut line = String::from(prefix);
    for word in text.split(' ') {
        if line.len() > prefix.len() && line.len() + 1 + word.len() > width {
            lines += line.trim_end();
            lines.push('\n');
            line = prefix.to_owned();
        }
        if line.len() > prefix.len() {
            line.push(' ');
        }
        line += word;
    }
    lines + line.trim_end() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelled_as_each_language_spells_them() {
        assert_eq!(camel("rule_set_load"), "ruleSetLoad");
        assert_eq!(pascal("INVALID_ARGUMENT"), "InvalidArgument");
    }

    #[test]
    fn sentences_are_broken_between_words() {
        assert_eq!(wrapped("one two three", "// ", 10), "// one two\n// three\n");
    }
}
