//! A password as it arrives: as it is, or already hashed by the client.

use std::fmt;

/// What a client sent as its password.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    form: Form,
    text: String,
}

/// How the same password can arrive.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Form {
    /// The password itself.
    Plain,
    /// Its MD5, 32 lower-case hexadecimal digits.
    Md5,
    /// Its SHA-256, 64 lower-case hexadecimal digits.
    Sha256,
}

impl Secret {
    /// A password from a protocol that never hashes.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { form: Form::Plain, text: text.into() }
    }

    /// A password from a protocol whose clients may or may not hash.
    ///
    /// 64 hexadecimal digits are SHA-256. 32 are MD5, and so are 31: some clients drop a leading zero.
    pub fn classify(text: &str) -> Self {
        let hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match (hexadecimal, text.len()) {
            (true, 64) => Self { form: Form::Sha256, text: text.to_ascii_lowercase() },
            (true, 31 | 32) => Self { form: Form::Md5, text: format!("{:0>32}", text.to_ascii_lowercase()) },
            _ => Self::plain(text),
        }
    }

    /// The form that it arrived in.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The text, for the credentials alone. It must never be logged.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({:?})", self.form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_told_by_the_digits() {
        let check = |text: &str, form, kept: &str| {
            let secret = Secret::classify(text);
            assert_eq!((secret.form(), secret.expose()), (form, kept));
        };
        check("secret", Form::Plain, "secret");
        check("5F4DCC3B5AA765D61D8327DEB882CF99", Form::Md5, "5f4dcc3b5aa765d61d8327deb882cf99");
        check("cc175b9c0f1b6a831c399e269772661", Form::Md5, "0cc175b9c0f1b6a831c399e269772661");
        check(&"A".repeat(64), Form::Sha256, &"a".repeat(64));
        check(&"g".repeat(32), Form::Plain, &"g".repeat(32));
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        assert_eq!(format!("{:?}", Secret::plain("hunter2")), "Secret(Plain)");
    }
}
