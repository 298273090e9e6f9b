//! Which language a reader's browser asks for.

use axum::http::{HeaderMap, header};

/// A language that pages speak.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Language {
    English,
    Russian,
    Chinese,
}

const ALL: [Language; 3] = [Language::English, Language::Russian, Language::Chinese];

impl Language {
    /// The first that is asked for and known; English for those who understand none of them.
    pub(super) fn asked(headers: &HeaderMap) -> Self {
        let asked =
            headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let known = |tag: &str| {
            let primary = tag.trim().split(['-', ';']).next().unwrap_or_default();
            ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
        };
        asked.split(',').find_map(known).unwrap_or(Self::English)
    }

    /// As HTML names it.
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Russian => "ru",
            Self::Chinese => "zh",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_page_speaks_the_readers_language() {
        let check = |asked: &'static str, expected| {
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, HeaderValue::from_static(asked))]);
            assert_eq!(Language::asked(&headers), expected, "{asked}");
        };
        check("ru-RU,ru;q=0.9,en;q=0.8", Language::Russian);
        check("fr, ZH-cn;q=0.5", Language::Chinese);
        check("fr", Language::English);
        check("", Language::English);
        assert_eq!(Language::asked(&HeaderMap::new()), Language::English);
    }
}
