//! What somebody looks for: words and phrases, of which a message must have all.

use super::fold::{Stems, Word, words};
use unicode_normalization::UnicodeNormalization;

/// What is looked for. Anything that somebody types is one.
#[derive(Clone, PartialEq, Eq)]
pub struct Query {
    /// Its terms, each once, at most [`Query::MOST_TERMS`].
    pub terms: Vec<Term>,
}

/// A part of a query.
#[derive(Clone, PartialEq, Eq)]
pub enum Term {
    /// A word that begins like this, or has the same stem.
    Word {
        /// How it begins.
        folded: String,
        /// Its stem, where that is another.
        stem: Option<String>,
    },
    /// These words, one after the other; or one letter that stands alone.
    Phrase(Vec<String>),
}

impl Query {
    /// What lies beyond the first ones is not looked for.
    pub const MOST_TERMS: usize = 16;
    /// The most words of a phrase; longer ones are looked for by their beginning.
    pub const LONGEST_PHRASE: usize = 64;

    /// Reads what somebody typed: words, and `"words as they stand"`.
    pub fn parse(text: &str) -> Self {
        let stems = Stems::default();
        let text: String = text.nfc().collect();
        let mut terms = Vec::new();
        let is_quote = |character: char| matches!(character, '"' | '“' | '”' | '„');
        for (index, piece) in text.split(is_quote).enumerate() {
            let found = words(piece);
            if index % 2 == 1 {
                add(&mut terms, phrase(&found));
                continue;
            }
            let mut rest = found.as_slice();
            while let [first, ..] = rest {
                let (run, after) = rest.split_at(run_length(rest));
                rest = after;
                add(
                    &mut terms,
                    if first.solid || is_letter(first) { phrase(run) } else { Some(word(first, &stems)) },
                );
            }
        }
        Self { terms }
    }
}

impl std::fmt::Debug for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What people look for is as private as what they say.
        write!(f, "Query({} terms)", self.terms.len())
    }
}

impl std::fmt::Debug for Term {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Word { .. } => "Word",
            Self::Phrase(_) => "Phrase",
        })
    }
}

/// Whether it is one character: half of all words begin with some letters, so it is looked for as a word alone.
fn is_letter(word: &Word) -> bool {
    word.folded.chars().nth(1).is_none()
}

/// How many words at the front are one term: characters that stand together, else one word.
fn run_length(words: &[Word]) -> usize {
    let together = |pair: &[Word]| match pair {
        [one, next] => one.solid && next.solid && one.at.end == next.at.start,
        _ => false,
    };
    words.windows(2).take_while(|pair| together(pair)).count().saturating_add(1).min(words.len())
}

fn word(word: &Word, stems: &Stems) -> Term {
    Term::Word { stem: stems.stem(&word.folded), folded: word.folded.clone() }
}

fn phrase(words: &[Word]) -> Option<Term> {
    let folded = words.iter().take(Query::LONGEST_PHRASE).map(|word| word.folded.clone());
    (!words.is_empty()).then(|| Term::Phrase(folded.collect()))
}

fn add(terms: &mut Vec<Term>, term: Option<Term>) {
    if let Some(term) = term
        && terms.len() < Query::MOST_TERMS
        && !terms.contains(&term)
    {
        terms.push(term);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let shown = |term: Term| match term {
            Term::Word { folded, stem: None } => folded,
            Term::Word { folded, stem: Some(stem) } => format!("{folded}~{stem}"),
            Term::Phrase(words) => format!("[{}]", words.join(" ")),
        };
        let terms: Vec<_> = Query::parse(text).terms.into_iter().map(shown).collect();
        assert_eq!(terms, expected, "{text}");
    }

    #[test]
    fn words_and_phrases_are_told_apart() {
        check("Tea messages tea", &["tea", "messages~messag"]);
        check("a \"Big Tea\" Я 7 aa", &["[a]", "[big tea]", "[я]", "[7]", "aa"]);
        check("\"never closed", &["[never closed]"]);
        check("“Сообщения” ", &["[сообщения]"]);
        check("消息 通知x", &["[消 息]", "[通 知]", "[x]"]);
        check("OR AND NOT * ( \" ) ^ {x} : -", &["or", "and", "not", "[x]"]);
        check("", &[]);
        check("\"\" …", &[]);
    }
}
