//! A piece of what was found, with the words that were looked for marked.

use super::fold::{Stems, Word, words};
use super::query::{Query, Term};
use std::ops::Range;

/// The most characters of a piece.
const LENGTH: usize = 120;
/// How many of them stand before the first match, if there are as many.
const BEFORE: usize = 30;

/// A piece of the first of `texts` that has something of `query`, in runs: `true` for what was looked for.
///
/// Empty where none of them has.
pub fn snippet<'a>(query: &Query, texts: impl IntoIterator<Item = &'a str>) -> Vec<(String, bool)> {
    let stems = Stems::default();
    for text in texts {
        let words = words(text);
        let matches = matches(query, &words, &stems);
        if let Some(first) = matches.first() {
            return cut(text, &window(text, first), &matches);
        }
    }
    Vec::new()
}

/// Where the terms stand, in their order and without overlaps.
fn matches(query: &Query, words: &[Word], stems: &Stems) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut rest = words;
    while let [first, after @ ..] = rest {
        let length = query.terms.iter().map(|term| fits(term, rest, stems)).max().unwrap_or(0);
        match length.checked_sub(1).and_then(|last| rest.get(last)) {
            Some(last) => {
                found.push(first.at.start..last.at.end);
                rest = rest.get(length..).unwrap_or_default();
            }
            None => rest = after,
        }
    }
    found
}

/// How many words at the front the term stands for; none where it does not stand here.
fn fits(term: &Term, words: &[Word], stems: &Stems) -> usize {
    match term {
        Term::Word { folded, stem } => {
            let Some(first) = words.first() else { return 0 };
            let wanted = stem.as_ref().unwrap_or(folded);
            let fits = first.folded.starts_with(folded)
                || first.folded == *wanted
                || stems.stem(&first.folded).is_some_and(|stem| stem == *wanted);
            usize::from(fits)
        }
        Term::Phrase(phrase) => {
            let same = words.len() >= phrase.len()
                && phrase.iter().zip(words).all(|(wanted, word)| *wanted == word.folded);
            if same { phrase.len() } else { 0 }
        }
    }
}

/// The part of the text that is shown: it begins and ends at characters, and at a word where there is one near.
fn window(text: &str, first: &Range<usize>) -> Range<usize> {
    let before = text.get(..first.start).unwrap_or_default();
    let start = match before.char_indices().rev().nth(BEFORE.saturating_sub(1)) {
        None | Some((0, _)) => 0,
        Some((start, _)) => {
            let near = text.get(start..first.start).unwrap_or_default();
            near.find(char::is_whitespace)
                .map_or(start, |space| start.saturating_add(space).saturating_add(1))
        }
    };
    // White space may be longer than a byte.
    let start = (start..=first.start).find(|start| text.is_char_boundary(*start)).unwrap_or(first.start);
    let shown = text.get(start..).unwrap_or_default();
    let end = shown.char_indices().nth(LENGTH).map_or(text.len(), |(end, _)| start.saturating_add(end));
    start..end
}

/// The window in runs. White space of any kind is one space each, so that a piece is one line.
fn cut(text: &str, window: &Range<usize>, matches: &[Range<usize>]) -> Vec<(String, bool)> {
    let mut runs = Vec::new();
    let mut done = window.start;
    let mut push = |range: Range<usize>, hit: bool| {
        let run = text.get(range).unwrap_or_default();
        if !run.is_empty() {
            runs.push((run.replace(|it: char| it.is_whitespace() || it.is_control(), " "), hit));
        }
    };
    for found in matches {
        let (start, end) = (found.start.clamp(done, window.end), found.end.min(window.end));
        if start < end {
            push(done..start, false);
            push(start..end, true);
            done = end;
        }
    }
    push(done..window.end, false);
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(query: &str, text: &str, expected: &str) {
        let runs = snippet(&Query::parse(query), [text]);
        let shown: String =
            runs.iter().map(|(run, hit)| if *hit { format!("[{run}]") } else { run.clone() }).collect();
        assert_eq!(shown, expected, "{query}");
    }

    #[test]
    fn what_was_looked_for_is_marked() {
        check("mess", "Two messages,\none Mess.", "Two [messages], one [Mess].");
        check("сообщения", "Вот сообщение для тебя", "Вот [сообщение] для тебя");
        check("消息", "我的消息来了", "我的[消息]来了");
        check("\"big tea\"", "big, Tea and big pots", "[big, Tea] and big pots");
        check("елка", "Ёлка", "[Ёлка]");
        check("x", "y", "");
    }

    #[test]
    fn a_long_text_is_cut_around_the_first_match() {
        let text = format!("{} needle {}", "aß ".repeat(100), "tail ".repeat(100));
        let runs = snippet(&Query::parse("needle"), [text.as_str()]);
        let whole: String = runs.iter().map(|(run, _)| run.as_str()).collect();
        assert_eq!(whole.chars().count(), LENGTH);
        assert_eq!(
            runs.iter().filter(|(_, hit)| *hit).map(|(run, _)| run.as_str()).collect::<Vec<_>>(),
            ["needle"]
        );
    }

    proptest! {
        #[test]
        fn any_text_is_cut(text in ".{0,300}", query in ".{0,20}", from in 0..300_usize) {
            // Also with a query that is there.
            let inside: String = text.chars().skip(from).take(5).collect();
            for query in [query, inside] {
                let runs = snippet(&Query::parse(&query), [text.as_str()]);
                prop_assert!(runs.iter().map(|(run, _)| run.chars().count()).sum::<usize>() <= LENGTH);
            }
        }
    }
}
