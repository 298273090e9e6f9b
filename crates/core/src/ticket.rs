//! Tickets: the unguessable numbers that links in mails hold.

use koine_store::Failure;

/// One link, by its number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ticket(u128);

impl Ticket {
    /// A new one.
    pub(crate) fn draw() -> Result<Self, Failure> {
        let mut number = [0; 16];
        getrandom::fill(&mut number)
            .map_err(|error| Failure::new("make a link for a mail", error.to_string()))?;
        Ok(Self(u128::from_be_bytes(number)))
    }

    /// Reads what [`Ticket::token`] writes.
    pub(crate) fn parse(token: &str) -> Option<Self> {
        let hexadecimal = token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
        hexadecimal.then(|| u128::from_str_radix(token, 16).ok()).flatten().map(Self)
    }

    /// As the link holds it: 32 hexadecimal digits.
    pub fn token(self) -> String {
        format!("{:032x}", self.0)
    }
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Whoever knows the number has the proof.
        f.write_str("Ticket(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_read_as_it_is_written() {
        let ticket = Ticket::draw().unwrap();
        assert_eq!((Ticket::parse(&ticket.token()), ticket.token().len()), (Some(ticket), 32));
        assert_eq!(Ticket(7).token(), format!("{}7", "0".repeat(31)));
        for token in ["", "7", "+0000000000000000000000000000007", &"g".repeat(32), &"0".repeat(33)] {
            assert_eq!(Ticket::parse(token), None, "{token}");
        }
    }

    #[test]
    fn a_ticket_does_not_show_its_number() {
        assert_eq!(format!("{:?}", Ticket(7)), "Ticket(…)");
    }
}
