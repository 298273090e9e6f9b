//! What only two settings together can get wrong.

use super::{Settings, Unsound};
use std::net::SocketAddr;

pub(super) fn check(settings: &Settings) -> Result<(), Unsound> {
    listeners(settings)?;
    text_within_frames(settings)?;
    mail_has_a_sender(settings)
}

fn listeners(settings: &Settings) -> Result<(), Unsound> {
    let mut taken: Vec<(String, SocketAddr)> = Vec::new();
    let http = settings.http.listen.iter().map(|it| ("http.listen".to_owned(), *it));
    let enabled = settings.dialects.iter().filter(|(_, dialect)| dialect.enabled);
    let dialects = enabled.flat_map(|(name, dialect)| {
        dialect.listen.iter().map(move |address| (format!("dialects.{name}.listen"), *address))
    });
    for (key, address) in http.chain(dialects) {
        if let Some((other, its)) = taken.iter().find(|(_, it)| collide(*it, address)) {
            return Err(Unsound::new(match (*other == key, *its == address) {
                (true, true) => format!("{key} names {address} twice"),
                (true, false) => format!("{key} names both {its} and {address}, which are the same port"),
                (false, true) => {
                    format!("{other} and {key} are both {address}; each needs a port of its own")
                }
                (false, false) => {
                    format!("{other} ({its}) and {key} ({address}) are the same port; each needs its own")
                }
            }));
        }
        taken.push((key, address));
    }
    Ok(())
}

/// A listener on all addresses holds the port of every single one.
///
/// Whether `[::]` holds the ports of IPv4 as well depends on the system, so that is left to binding to find out.
fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let same_family = one.is_ipv4() == other.is_ipv4();
    let same_address = one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified();
    // Port 0 asks for any free port.
    one.port() == other.port() && one.port() != 0 && same_family && same_address
}

/// Which only counts where mail is sent at all.
fn mail_has_a_sender(settings: &Settings) -> Result<(), Unsound> {
    let Some(mail) = settings.smtp.mail() else { return Ok(()) };
    mail.check().map_err(|reason| Unsound::new(format!("smtp.from: {reason}")))
}

fn text_within_frames(settings: &Settings) -> Result<(), Unsound> {
    let (text, frame) = (settings.limits.text_bytes.bytes(), settings.limits.frame_bytes.bytes());
    let enabled = settings.dialects.iter().filter(|(_, dialect)| dialect.enabled);
    let dialects =
        enabled.map(|(name, dialect)| (format!("dialects.{name}.frame_bytes"), dialect.frame_bytes.bytes()));
    for (key, frame) in [("limits.frame_bytes".to_owned(), frame)].into_iter().chain(dialects) {
        if text > frame {
            return Err(Unsound::new(format!(
                "limits.text_bytes ({text}) is more than {key} ({frame}), in which the text must fit"
            )));
        }
    }
    Ok(())
}
