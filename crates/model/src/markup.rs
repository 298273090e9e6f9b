//! HTML as the plain words in it.
//!
//! Chat clients send the small HTML of their own rich-text widgets. This takes the tags out and keeps the lines; it does
//! not judge whether the HTML is sound.

// What a peer wrote meets this code: nothing here may panic.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::as_conversions,
        clippy::arithmetic_side_effects
    )
)]

/// The words of `html`: tags taken out, entities replaced, paragraphs and breaks as lines.
pub fn plain(html: &str) -> String {
    let mut words = String::with_capacity(html.len());
    let mut rest = html;
    let mut closes = true;
    while let Some(position) = rest.find(['<', '&', '\n', '\r', '\t', ' ']) {
        let (before, special) = rest.split_at(position);
        words.push_str(before);
        rest = match special.chars().next() {
            Some('<') => tag(special, &mut words, &mut closes),
            Some('&') => entity(special, &mut words),
            _ => {
                // HTML knows white space as a single space, and none at the start of a line.
                if !words.is_empty() && !words.ends_with([' ', '\n']) {
                    words.push(' ');
                }
                special.get(1..).unwrap_or_default()
            }
        };
    }
    words.push_str(rest);
    words.trim_matches([' ', '\n']).to_owned()
}

/// `closes` says whether there may be another `>`.
fn tag<'a>(html: &'a str, words: &mut String, closes: &mut bool) -> &'a str {
    if let Some(comment) = html.strip_prefix("<!--") {
        return comment.split_once("-->").map_or("", |(_, rest)| rest);
    }
    let inner = html.get(1..).unwrap_or_default();
    let named = inner.trim_start_matches('/').starts_with(|first: char| first.is_ascii_alphanumeric());
    // "a < b and c > d" is no tag. This is seen before the end of one is looked for: many of them must not take long.
    let begins = *closes && (named || inner.starts_with(['!', '?']));
    let Some((inside, rest)) = begins.then(|| inner.split_once('>')).flatten() else {
        *closes &= !begins;
        words.push('<');
        return inner;
    };
    let closing = inside.starts_with('/');
    let name: String =
        inside.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
    match name.to_ascii_lowercase().as_str() {
        "br" => line(words, true),
        "p" | "div" | "li" | "tr" | "blockquote" | "pre" | "ul" | "ol" | "table" | "h1" | "h2" | "h3" => {
            line(words, false)
        }
        hidden @ ("style" | "script" | "head" | "title") if !closing => return skip(rest, hidden),
        _ => {}
    }
    rest
}

/// Begins a new line; a break does so always, a block only where the line is not new already.
fn line(words: &mut String, always: bool) {
    while words.ends_with(' ') {
        words.pop();
    }
    if always || !(words.is_empty() || words.ends_with('\n')) {
        words.push('\n');
    }
}

fn skip<'a>(html: &'a str, name: &str) -> &'a str {
    let mut rest = html;
    while let Some((_, tail)) = rest.split_once("</") {
        if tail.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) {
            return tail.split_once('>').map_or("", |(_, rest)| rest);
        }
        rest = tail;
    }
    ""
}

fn entity<'a>(html: &'a str, words: &mut String) -> &'a str {
    let inner = html.get(1..).unwrap_or_default();
    let end = inner.bytes().take(9).position(|byte| byte == b';');
    let read = end.and_then(|end| Some((inner.get(..end)?, inner.get(end..)?.get(1..)?)));
    if let Some((character, rest)) = read.and_then(|(name, rest)| Some((character(name)?, rest))) {
        words.push(character);
        return rest;
    }
    words.push('&');
    html.get(1..).unwrap_or_default()
}

fn character(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|character| !character.is_control() || *character == '\n')
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_and_the_lines_stay() {
        let check = |html: &str, expected: &str| assert_eq!(plain(html), expected, "{html}");
        check("<b>hello</b> <i>world</i>", "hello world");
        check("<p>one</p><p>two<br/>three</p>", "one\ntwo\nthree");
        check("1 &lt; 2 &amp;&amp; &#x1F600;&#33; &nope; R&D", "1 < 2 && 😀! &nope; R&D");
        check("a < b and c > d", "a < b and c > d");
        check(
            "<!DOCTYPE HTML><html><head><style>p { color: red }</style></head><body><p>hi\n  there</p></body></html>",
            "hi there",
        );
        check("<script>alert(1)</script>ok<!-- <b>no</b> -->", "ok");
        check("plain", "plain");
        check("a <> b </> c <b>d</b> <", "a <> b </> c d <");
        check("<b <i>x", "x");
        check("&#1114112; &longername; &amp", "&#1114112; &longername; &amp");
        check("<unfinished", "<unfinished");
        check("", "");
    }

    #[test]
    fn a_lot_of_what_is_no_markup_stays_as_it_is() {
        // Looking for the end of each of them would take minutes.
        for odd in ["<", "<a", "&a", "<!"] {
            let html = odd.repeat((512 << 10) / odd.len());
            assert!(plain(&html) == html, "{odd}");
        }
    }
}
