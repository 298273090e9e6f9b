//! From a text to words: where they are, and what is compared of them.
//!
//! Letter case, width, ligatures and diacritics do not count, nor whether somebody writes `ё` or `е`; `й` and `и` are two letters.
//! Where a script puts no spaces between words, each character is a word, and a word is looked for as a run of them.

use std::ops::Range;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};
use waken_snowball::{Algorithm, Stemmer};

/// The most characters that are compared of a word: nobody types more, and a text may be one word of 64 KiB.
const LONGEST: usize = 40;

/// A word of a text.
#[derive(Clone, PartialEq, Eq)]
pub struct Word {
    /// Where it stands, in bytes.
    pub at: Range<usize>,
    /// What is compared: letters and digits, in lower case; never empty.
    pub folded: String,
    /// Whether it is one character of a script without spaces.
    pub solid: bool,
}

impl std::fmt::Debug for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Word({} bytes at {})", self.folded.len(), self.at.start)
    }
}

/// The words of a text in Unicode's composed form, in their order.
pub fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some((start, first)) = characters.next() {
        // A mark with nothing before it is no word.
        if !first.is_alphanumeric() || is_mark(first) {
            continue;
        }
        let solid = is_solid(first);
        let goes_on = |next: char| is_mark(next) || (!solid && next.is_alphanumeric() && !is_solid(next));
        let mut end = start.saturating_add(first.len_utf8());
        while let Some((at, next)) = characters.next_if(|(_, next)| goes_on(*next)) {
            end = at.saturating_add(next.len_utf8());
        }
        let folded = fold(text.get(start..end).unwrap_or_default());
        if !folded.is_empty() {
            found.push(Word { at: start..end, folded, solid });
        }
    }
    found
}

fn fold(word: &str) -> String {
    // Most words need nothing of what follows.
    if word.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return word.chars().take(LONGEST).map(|character| character.to_ascii_lowercase()).collect();
    }
    let lower = word.nfkc().flat_map(char::to_lowercase).nfc();
    lower
        .map(plain)
        .filter(|character| character.is_alphanumeric() || is_kept(*character))
        .skip_while(|character| is_mark(*character))
        .take(LONGEST)
        .collect()
}

/// A letter without what somebody may leave out.
fn plain(character: char) -> char {
    match character {
        'ё' => 'е',
        // `й`, `ї` and `ў` are letters of their own.
        '\u{400}'..='\u{52f}' => character,
        '\u{c0}'..='\u{3ff}' | '\u{1e00}'..='\u{1fff}' => {
            let mut base = character;
            decompose_canonical(character, |part| {
                if !is_combining_mark(part) {
                    base = part;
                }
            });
            base
        }
        _ => character,
    }
}

/// A mark that belongs to the character before it.
fn is_mark(character: char) -> bool {
    is_combining_mark(character) || matches!(character, '\u{ff9e}' | '\u{ff9f}')
}

/// Vowel signs and the like are half of the word in many scripts; accents on Latin and Cyrillic letters are not.
fn is_kept(character: char) -> bool {
    is_combining_mark(character) && !('\u{300}'..='\u{36f}').contains(&character)
}

/// Characters of scripts that put no spaces between words, and of Korean, whose endings stand on the word.
///
/// What counts is what is compared: `㊀` and `〸` are other forms of `一` and `十`.
fn is_solid(character: char) -> bool {
    if character.is_ascii() {
        return false;
    }
    let mut compared =
        std::iter::once(character).nfkc().filter(|part| part.is_alphanumeric() && !is_mark(*part));
    compared.next().is_some_and(is_of_a_solid_script)
}

fn is_of_a_solid_script(character: char) -> bool {
    matches!(character,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3100}'..='\u{312f}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}

/// Takes the Russian and English endings off words.
pub struct Stems {
    english: Stemmer,
    russian: Stemmer,
}

impl Default for Stems {
    fn default() -> Self {
        Self { english: Algorithm::English.stemmer(), russian: Algorithm::Russian.stemmer() }
    }
}

impl Stems {
    /// The stem of a folded word, where it is another one than the word itself.
    pub fn stem(&self, folded: &str) -> Option<String> {
        let stemmer = if folded.bytes().all(|byte| byte.is_ascii_lowercase()) {
            &self.english
        } else if folded.chars().all(|letter| ('а'..='я').contains(&letter)) {
            &self.russian
        } else {
            return None;
        };
        let stem = stemmer.stem(folded);
        (!stem.is_empty() && stem != folded).then(|| stem.into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<_> = words(text).into_iter().map(|word| word.folded).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn what_does_not_count_is_folded() {
        check("Hello, WORLD-wide 42!", &["hello", "world", "wide", "42"]);
        check("Ёлка ёжик Йод", &["елка", "ежик", "йод"]);
        check("Crème BRÛLÉE ﬁne Ａｂｃ", &["creme", "brulee", "fine", "abc"]);
        check("за\u{301}мок", &["замок"]);
        check("İstanbul", &["istanbul"]);
        check("हिन्दी", &["हिन्दी"]);
        check("👍 — …", &[]);
        check(&"x".repeat(50), &[&"x".repeat(LONGEST)]);
    }

    #[test]
    fn scripts_without_spaces_come_character_by_character() {
        check("消息abc通知", &["消", "息", "abc", "通", "知"]);
        check("ﾊﾟﾝ カ", &["パ", "ン", "カ"]);
        check("안녕 hi", &["안", "녕", "hi"]);
    }

    #[test]
    fn other_forms_are_compared_as_what_they_stand_for() {
        check("〸月 ㊀a ㈠ ２１", &["十", "月", "一", "a", "一", "21"]);
        check("〸𖹀", &["十", "𖹠"]);
    }

    /// What was found is found again by itself, whatever letter stands in it.
    fn holds(word: &Word) {
        assert_eq!(fold(&word.folded), word.folded, "{word:?} of {}", word.folded.escape_unicode());
        let again = words(&word.folded);
        let whole: String = again.iter().map(|again| again.folded.as_str()).collect();
        assert_eq!(whole, word.folded);
        // A word is cut into characters in both forms, or in neither.
        assert!(again.iter().all(|again| again.solid == word.solid), "{again:?}");
        assert!(word.solid || again.len() == 1, "{again:?}");
    }

    #[test]
    fn every_letter_folds_to_what_stays() {
        for letter in '\0'..=char::MAX {
            for text in [letter.to_string(), format!("{letter}a"), format!("a{letter}")] {
                words(&text).iter().for_each(holds);
            }
        }
    }

    #[test]
    fn endings_are_taken_off() {
        let stems = Stems::default();
        let same = |one: &str, other: &str| {
            let stem = |word: &str| stems.stem(word).unwrap_or_else(|| word.to_owned());
            assert_eq!(stem(one), stem(other));
        };
        same("сообщения", "сообщение");
        same("сообщениями", "сообщение");
        same("книгу", "книги");
        same("messages", "message");
        same("running", "run");
        assert_eq!(stems.stem("消"), None);
        assert_eq!(stems.stem("x1"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_taken_apart(text in ".{0,200}") {
            let stems = Stems::default();
            let mut end = 0;
            for word in words(&text) {
                prop_assert!(word.at.start >= end && text.get(word.at.clone()).is_some());
                end = word.at.end;
                prop_assert!(!word.folded.is_empty() && !word.folded.contains([' ', ':', '"', '\0']));
                holds(&word);
                stems.stem(&word.folded);
            }
        }

        #[test]
        fn any_letters_have_a_stem(word in "[a-z]{1,40}|[а-я]{1,40}") {
            prop_assert!(Stems::default().stem(&word).is_none_or(|stem| !stem.is_empty()));
        }
    }
}
