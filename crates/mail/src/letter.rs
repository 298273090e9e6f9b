//! What a mail says: as plain text, and as HTML for those who like it better.

use crate::settings::{Language, SenderError, Settings};
use koine_core::surroundings::{About, Mail};
use lettre::Message;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use minijinja::{Environment, Value, context};

/// Why a letter cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LetterError {
    #[error("it has no sender")]
    Sender(#[source] SenderError),
    #[error("mail does not know the address")]
    Address(#[source] lettre::address::AddressError),
    #[error("its template is broken")]
    Template(#[source] minijinja::Error),
    #[error("it does not hold together")]
    Whole(#[source] lettre::error::Error),
}

/// The texts about one thing in one language.
struct Template {
    subject: &'static str,
    text: &'static str,
    html: &'static str,
}

/// Writes the letter.
pub(crate) fn write(mail: &Mail, settings: &Settings) -> Result<Message, LetterError> {
    let template = template(&mail.about, settings.language);
    let (text, html) = forms(mail, &template).map_err(LetterError::Template)?;
    let to = mail.to.parse().map_err(LetterError::Address)?;
    Message::builder()
        .from(settings.sender().map_err(LetterError::Sender)?)
        .to(Mailbox::new(None, to))
        .subject(template.subject)
        .header(AutoSubmitted)
        .multipart(MultiPart::alternative_plain_html(text, html))
        .map_err(LetterError::Whole)
}

/// That no person has written it, so that nobody's holiday is answered (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

const AUTO_SUBMITTED: &str = "Auto-Submitted";

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str(AUTO_SUBMITTED)
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The plain text and the HTML.
fn forms(mail: &Mail, template: &Template) -> Result<(String, String), minijinja::Error> {
    let environment = Environment::new();
    let minutes = mail.minutes;
    let handle = match &mail.about {
        About::AddressChanged(handle) => handle.as_str(),
        About::Verification | About::Recovery => "",
    };
    let link = mail.link.as_str();
    let text = environment.render_str(template.text, context! { link, minutes, handle })?;
    // The engine's own escaping turns every slash of a link into an entity, which some programs make nothing of.
    let link = Value::from_safe_string(escaped(&mail.link));
    let html =
        environment.render_named_str("letter.html", template.html, context! { link, minutes, handle })?;
    Ok((text, html))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn template(about: &About, language: Language) -> Template {
    /// The texts that lie in the files of this name.
    macro_rules! template {
        ($subject:literal, $name:literal) => {
            Template {
                subject: $subject,
                text: include_str!(concat!("templates/", $name, ".txt")),
                html: include_str!(concat!("templates/", $name, ".html")),
            }
        };
    }
    match (about, language) {
        (About::Verification, Language::English) => template!("Your e-mail address", "verification.en"),
        (About::Verification, Language::Russian) => {
            template!("Ваш адрес электронной почты", "verification.ru")
        }
        (About::Verification, Language::Chinese) => template!("您的电子邮箱", "verification.zh"),
        (About::Recovery, Language::English) => template!("A new password", "recovery.en"),
        (About::Recovery, Language::Russian) => template!("Новый пароль", "recovery.ru"),
        (About::Recovery, Language::Chinese) => template!("设置新密码", "recovery.zh"),
        (About::AddressChanged(_), Language::English) => template!("Another e-mail address", "address.en"),
        (About::AddressChanged(_), Language::Russian) => {
            template!("Другой адрес электронной почты", "address.ru")
        }
        (About::AddressChanged(_), Language::Chinese) => template!("您的账户已更换邮箱", "address.zh"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tls;

    fn settings(language: Language) -> Settings {
        let from = "koine <koine@chat.example>".to_owned();
        Settings { host: "localhost".into(), port: 25, tls: Tls::None, credentials: None, from, language }
    }

    fn mail(to: &str) -> Mail {
        Mail { to: to.into(), about: About::Verification, link: "http://h/verify/7".into(), minutes: 5 }
    }

    #[test]
    fn every_language_has_the_link_and_the_time_in_both_forms() {
        for language in [Language::English, Language::Russian, Language::Chinese] {
            for about in [About::Verification, About::Recovery] {
                let Template { text, html, .. } = template(&about, language);
                for part in [text, html] {
                    assert!(part.contains("{{ link }}") && part.contains("{{ minutes }}"), "{part}");
                }
                let mail = Mail { about, ..mail("ann@example.org") };
                assert!(write(&mail, &settings(language)).is_ok());
            }
        }
    }

    #[test]
    fn whoever_lost_an_address_is_told_of_which_account() {
        for language in [Language::English, Language::Russian, Language::Chinese] {
            let about = About::AddressChanged("ann".into());
            let mail = Mail { about, link: String::new(), ..mail("ann@example.org") };
            let (text, html) = forms(&mail, &template(&mail.about, language)).unwrap();
            assert!(text.contains(" ann ") && html.contains(" ann "), "{text}");
            assert!(write(&mail, &settings(language)).is_ok());
        }
    }

    #[test]
    fn html_is_escaped() {
        let odd = Mail { link: "http://h/?a=1&b=<2>".into(), ..mail("ann@example.org") };
        let (text, html) = forms(&odd, &template(&About::Verification, Language::English)).unwrap();
        assert!(text.contains("\nhttp://h/?a=1&b=<2>\n"), "{text}");
        assert!(html.contains("href=\"http://h/?a=1&amp;b=&lt;2&gt;\""), "{html}");
    }

    #[test]
    fn an_address_that_mail_does_not_know_is_told() {
        for to in ["ann", "ann@", "ann@exa mple.org", "ann@example.org>\r\nBcc: eve@example.org"] {
            let written = write(&mail(to), &settings(Language::English));
            assert!(matches!(written, Err(LetterError::Address(_))), "{to}");
        }
    }
}
