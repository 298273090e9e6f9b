//! Handles for those who did not choose one.

use koine_model::AccountId;
use koine_model::account::Handle;

/// What an account that came with a nick alone is called: the first of these that is free.
///
/// The nick with its spaces as `_`; that with `.id` behind it; the id. The id itself is always free: nobody may choose one.
pub fn handle_candidates(nick: &str, id: AccountId) -> Vec<Handle> {
    let base: String = nick.trim().chars().map(|c| if c.is_whitespace() { '_' } else { c }).collect();
    let suffix = format!(".{id}");
    let room = Handle::LONGEST - suffix.len();
    let short: String = base.chars().take(room).collect();
    [base, format!("{short}{suffix}")]
        .iter()
        .filter_map(|text| Handle::parse(text).ok())
        .filter(|handle| !handle.looks_like_id())
        .chain(Handle::parse(&id.to_string()).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nick_becomes_a_handle() {
        let check = |nick: &str, expected: &[&str]| {
            let made = handle_candidates(nick, AccountId::FIRST);
            assert_eq!(made.iter().map(Handle::as_str).collect::<Vec<_>>(), expected);
        };
        check("Ann Lee", &["Ann_Lee", "Ann_Lee.1000000001", "1000000001"]);
        check("1000000007", &["1000000007.1000000001", "1000000001"]);
        check("group:1", &["1000000001"]);
        check(&"x".repeat(70), &[&format!("{}.1000000001", "x".repeat(53)), "1000000001"]);
    }
}
