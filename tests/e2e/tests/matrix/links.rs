//! Files that come as a text with a link, and how they are known again.

use koine_e2e::fetch::fetch_url;
use koine_e2e::matrix::{Content, File, Said};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// A file that was fetched, and what stood before its name in the text with the link.
pub(crate) struct Fetched {
    /// `[image]` or `[file]`.
    pub(crate) kind: &'static str,
    /// The file.
    pub(crate) file: File,
}

/// What the links lead to, each fetched once.
pub(crate) struct Links {
    http: SocketAddr,
    fetched: BTreeMap<String, Fetched>,
}

/// How a file has come.
pub(crate) enum Came<'a> {
    /// As the protocol sends it.
    Itself(&'a File),
    /// As a link.
    Linked(&'a Fetched),
}

impl Links {
    /// Nothing was fetched yet from the server at `http`.
    pub(crate) fn at(http: SocketAddr) -> Self {
        Self { http, fetched: BTreeMap::new() }
    }

    /// The server is elsewhere now. What earlier links lead to is known.
    pub(crate) fn move_to(&mut self, http: SocketAddr) {
        self.http = http;
    }

    /// What these bytes have come as, if it is they.
    pub(crate) async fn came<'a>(
        &'a mut self,
        said: &'a Said,
        bytes: &[u8],
    ) -> Result<Option<Came<'a>>, String> {
        let (came, is_it) = match &said.content {
            Content::File(file) => (Came::Itself(file), file.bytes == bytes),
            Content::Text(text) if !is_link(text) => return Ok(None),
            Content::Text(text) => {
                let fetched = self.fetched(text).await?;
                (Came::Linked(fetched), fetched.file.bytes == bytes)
            }
        };
        Ok(is_it.then_some(came))
    }

    /// What the text `[image] NAME URL` or `[file] NAME URL` leads to; the name may be missing.
    async fn fetched(&mut self, text: &str) -> Result<&Fetched, String> {
        if !self.fetched.contains_key(text) {
            let wrong = || format!("no link: {text}");
            let (kind, rest) = match text.split_once(' ').ok_or_else(wrong)? {
                ("[image]", rest) => ("[image]", rest),
                ("[file]", rest) => ("[file]", rest),
                _ => return Err(wrong()),
            };
            let (name, url) = rest.rsplit_once(' ').unwrap_or(("", rest));
            let answer = fetch_url(self.http, url).await;
            if answer.status != 200 {
                return Err(format!("{text}: status {}", answer.status));
            }
            let mime = answer.header("content-type").to_owned();
            let file = File { name: name.to_owned(), mime, bytes: answer.body };
            self.fetched.insert(text.to_owned(), Fetched { kind, file });
        }
        self.fetched.get(text).ok_or_else(|| "the link is lost".to_owned())
    }
}

fn is_link(text: &str) -> bool {
    text.starts_with("[image] ") || text.starts_with("[file] ")
}
