//! HTML as the plain words in it, for protocols that show no markup.
//!
//! What is quoted from a message is made of the same words, so the work itself is the model's.

pub use koine_model::markup::plain;

/// Plain words as HTML that shows them.
pub fn escape(words: &str) -> String {
    let mut html = String::with_capacity(words.len());
    for character in words.chars() {
        match character {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            '"' => html.push_str("&quot;"),
            '\n' => html.push_str("<br>"),
            other => html.push(other),
        }
    }
    html
}

/// `html` with `block`, which is HTML, before all that it shows.
pub fn before(html: &str, block: &str) -> String {
    // A whole document keeps its head: only what the body shows moves down.
    let (head, shown) = body(html).and_then(|position| html.split_at_checked(position)).unwrap_or(("", html));
    format!("{head}{block}{shown}")
}

/// Where the inside of the body begins, in a document that has one.
fn body(html: &str) -> Option<usize> {
    const TAG: &str = "<body";
    let lower = html.to_ascii_lowercase();
    let ends = |start: &usize| {
        let next = lower.as_bytes().get(start.saturating_add(TAG.len()));
        next.is_some_and(|next| *next == b'>' || next.is_ascii_whitespace())
    };
    let start = lower.match_indices(TAG).map(|(start, _)| start).find(ends)?;
    start.checked_add(lower.get(start..)?.find('>')?)?.checked_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_words_are_shown_as_they_are() {
        let words = "1 < 2 && \"x\" > y\nnext";
        assert_eq!(plain(&escape(words)), words);
    }

    #[test]
    fn a_block_comes_before_what_is_shown() {
        let check = |html: &str, expected: &str| assert_eq!(before(html, "<p>q</p>"), expected, "{html}");
        check("<b>x</b>", "<p>q</p><b>x</b>");
        check("<html><BODY style=\"a\">x</body></html>", "<html><BODY style=\"a\"><p>q</p>x</body></html>");
        check("<bodyless>x", "<p>q</p><bodyless>x");
        check("<body", "<p>q</p><body");
    }

    #[test]
    fn what_is_never_closed_is_not_searched_again_and_again() {
        // Searched to the end each time, a mebibyte of these would take half a minute instead of milliseconds.
        for unit in ["<a", "< ", "<", "&", "&lt", "</a", "<!", "&<"] {
            let html = unit.repeat((1 << 18) / unit.len());
            assert!(plain(&html).len() <= html.len(), "{unit}");
            assert!(plain(&format!("{html};>")).len() <= html.len() + 2, "{unit}");
        }
    }
}
