//! Everybody's password, in the forms in which it is sent.

/// What a client makes of a password before it sends it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Nothing.
    Plain,
    /// Its MD5 in hexadecimal digits.
    Md5,
    /// Its SHA-256 in hexadecimal digits.
    Sha256,
}

impl Form {
    /// Every form there is.
    pub const ALL: [Self; 3] = [Self::Plain, Self::Md5, Self::Sha256];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }

    /// Everybody's password, `secret`, in this form.
    pub fn right(self) -> &'static str {
        match self {
            Self::Plain => "secret",
            Self::Md5 => "5ebe2294ecd0e0f08eab7690d2a6ee69",
            Self::Sha256 => "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
        }
    }

    /// What is nobody's password, `wrong`, in this form.
    pub fn wrong(self) -> &'static str {
        match self {
            Self::Plain => "wrong",
            Self::Md5 => "2bda2998d9b0ee197da142a0447f6725",
            Self::Sha256 => "8810ad581e59f2bc3928b261707a71308f7e139eb04820366dc4d5c18d980225",
        }
    }
}
