//! Session ids: opaque to clients, and readable here without asking anybody whose they are.
//!
//! They prove nothing, the connection does; they only tell a mistaken client that it speaks as somebody else.

use koine_dialect::toolbox::lenient::Word;
use koine_model::AccountId;
use serde::Deserialize;
use serde_json::Value;

const ACCOUNT_DIGITS: usize = 8;
const NONCE_DIGITS: usize = 32;

/// The session id of `account` on the connection whose random bits are `nonce`.
pub(crate) fn write(account: AccountId, nonce: u128) -> String {
    format!("{:0ACCOUNT_DIGITS$x}{nonce:0NONCE_DIGITS$x}", account.number())
}

/// Whether a request's `sid` is one of another account than `me`. Stale and invented ones are nobody's.
pub(crate) fn is_foreign(sid: Option<&Value>, me: AccountId) -> bool {
    let word = sid.and_then(|sid| Word::deserialize(sid).ok());
    word.and_then(|word| account(word.as_str())).is_some_and(|account| account != me)
}

fn account(sid: &str) -> Option<AccountId> {
    let plain =
        sid.len() == ACCOUNT_DIGITS + NONCE_DIGITS && sid.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (account, _) = sid.split_at_checked(ACCOUNT_DIGITS).filter(|_| plain)?;
    u32::from_str_radix(account, 16).ok().and_then(AccountId::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_a_session_id_is_can_be_read_from_it() {
        let check = |sid: &str, expected: Option<AccountId>| assert_eq!(account(sid), expected, "{sid}");
        for id in [AccountId::FIRST, AccountId::LAST] {
            check(&write(id, 0), Some(id));
            check(&write(id, u128::MAX), Some(id));
        }
        let whole = write(AccountId::FIRST, 7);
        for end in 0..whole.len() {
            check(&whole[..end], None);
        }
        check(&"f".repeat(40), None);
        check(&"ж".repeat(20), None);
        check("d41d8cd98f00b204e9800998ecf8427e", None);
    }
}
