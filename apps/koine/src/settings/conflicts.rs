//! What only two settings together can get wrong.

use super::{Settings, Unsound};
use std::net::SocketAddr;

pub(super) fn check(settings: &Settings) -> Result<(), Unsound> {
    listeners(settings)?;
    certificates(settings)?;
    text_within_frames(settings)?;
    mail_has_a_sender(settings)
}

fn listeners(settings: &Settings) -> Result<(), Unsound> {
    let mut taken: Vec<(String, SocketAddr)> = Vec::new();
    if settings.http.listen.is_empty() && settings.http.listen_tls.is_empty() {
        return Err(Unsound::new(
            "http.listen and http.listen_tls are both empty: one of them needs an address".to_owned(),
        ));
    }
    for (key, address) in all_listeners(settings).map(|(key, address, _)| (key, address)) {
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

/// Every address that is listened on, under the key that names it, and whether it has TLS.
fn all_listeners(settings: &Settings) -> impl Iterator<Item = (String, SocketAddr, bool)> {
    let http = ("http".to_owned(), &settings.http.listen, &settings.http.listen_tls);
    let metrics = ("metrics".to_owned(), &settings.metrics.listen, &settings.metrics.listen_tls);
    let enabled = settings.dialects.iter().filter(|(_, dialect)| dialect.enabled);
    let dialects =
        enabled.map(|(name, dialect)| (format!("dialects.{name}"), &dialect.listen, &dialect.listen_tls));
    [http].into_iter().chain(dialects).chain([metrics]).flat_map(|(section, plain, secure)| {
        let with = |key: &'static str, tls: bool| {
            let section = section.clone();
            move |address: &SocketAddr| (format!("{section}.{key}"), *address, tls)
        };
        let plain = plain.iter().map(with("listen", false));
        plain.chain(secure.iter().map(with("listen_tls", true))).collect::<Vec<_>>()
    })
}

/// What is in the files is looked at when they are needed.
fn certificates(settings: &Settings) -> Result<(), Unsound> {
    let missing = |missing: &str, other: &str| {
        Err(Unsound::new(format!(
            "tls.{other} is set and tls.{missing} is not: one is no good without the other"
        )))
    };
    match (settings.tls.has_certificate(), settings.tls.has_key()) {
        (true, false) => return missing("key", "certificate"),
        (false, true) => return missing("certificate", "key"),
        (true, true) => return Ok(()),
        (false, false) => {}
    }
    match all_listeners(settings).find(|(_, _, tls)| *tls) {
        Some((key, address, _)) => Err(Unsound::new(format!(
            "{key} is {address}, and there is no certificate: set tls.certificate and tls.key"
        ))),
        None => Ok(()),
    }
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
