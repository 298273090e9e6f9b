//! Mail as a mail server gets it.

use koine_core::surroundings::{About, Mail, Mailer, Posted};
use koine_mail::{Language, Settings, Tls};
use koine_testkit::post_office::PostOffice;
use std::time::Duration;
use tokio::sync::oneshot;

fn settings(office: &PostOffice) -> Settings {
    Settings {
        host: office.address().ip().to_string(),
        port: office.address().port(),
        tls: Tls::None,
        credentials: None,
        from: "koine <koine@chat.example>".to_owned(),
        language: Language::English,
    }
}

async fn post(settings: Settings, to: &str) -> Posted {
    post_about(About::Verification, settings, to).await
}

async fn post_about(about: About, settings: Settings, to: &str) -> Posted {
    let (mailer, sending) = koine_mail::start(settings).unwrap();
    let (told, hears) = oneshot::channel();
    let link = "http://chat.example:8080/verify/0123456789abcdef0123456789abcdef".to_owned();
    let mail = Mail { to: to.to_owned(), about, link, minutes: 5 };
    mailer.post(mail, Box::new(move |posted| told.send(posted).unwrap()));
    tokio::select! {
        posted = hears => posted.unwrap(),
        () = sending => panic!("the sending has ended"),
        () = tokio::time::sleep(Duration::from_secs(20)) => panic!("nothing is told"),
    }
}

#[tokio::test]
async fn a_letter_has_two_forms_in_each_language() {
    let office = PostOffice::open().await;
    for (about, language, word) in [
        (About::Verification, Language::English, "register"),
        (About::Verification, Language::Russian, "подтвердить"),
        (About::Verification, Language::Chinese, "注册"),
        (About::Recovery, Language::English, "lost the password"),
        (About::Recovery, Language::Russian, "забыл пароль"),
        (About::Recovery, Language::Chinese, "忘记了"),
    ] {
        let to = format!("{about:?}.{}@example.org", language_tag(language));
        let settings = Settings { language, ..settings(&office) };
        assert_eq!(post_about(about, settings, &to).await, Posted::Sent);
        let letter = office.letter(&to).await;
        assert!(
            letter.data.contains("From: ") && letter.data.contains("koine@chat.example"),
            "{}",
            letter.data
        );
        assert!(letter.data.contains("Auto-Submitted: auto-generated"), "{}", letter.data);
        let kinds: Vec<_> = letter.parts().into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, ["text/plain", "text/html"]);
        assert!(letter.parts().iter().all(|(_, part)| part.contains(word) && part.contains('5')));
        assert_eq!(letter.link(), "http://chat.example:8080/verify/0123456789abcdef0123456789abcdef");
    }
}

fn language_tag(language: Language) -> &'static str {
    match language {
        Language::English => "en",
        Language::Russian => "ru",
        Language::Chinese => "zh",
    }
}

#[tokio::test]
async fn who_must_prove_who_it_is_does() {
    let office = PostOffice::open().await;
    let credentials = Some(("koine".to_owned(), "s3cret".to_owned()));
    let posted = post(Settings { credentials, ..settings(&office) }, "ann@example.org").await;
    assert_eq!(
        (posted, office.letter("ann@example.org").await.credentials.as_str()),
        (Posted::Sent, "koine:s3cret")
    );
}

#[tokio::test]
async fn what_is_not_taken_has_failed() {
    let office = PostOffice::open().await;
    assert_eq!(post(settings(&office), "ann@example.invalid").await, Posted::Failed);
    assert_eq!(post(settings(&office), "no address").await, Posted::Failed);
    // A server that cannot turn secret gets nothing, where that was asked for.
    assert_eq!(
        post(Settings { tls: Tls::Starttls, ..settings(&office) }, "ann@example.org").await,
        Posted::Failed
    );
    assert_eq!(
        post(Settings { tls: Tls::Tls, ..settings(&office) }, "ann@example.org").await,
        Posted::Failed
    );
    assert_eq!(office.all(), []);
    let nobody = settings(&office);
    drop(office);
    assert_eq!(post(nobody, "ann@example.org").await, Posted::Failed);
}

#[tokio::test(start_paused = true)]
async fn what_takes_too_long_may_have_been_sent() {
    // It takes the connection, and never says a word.
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let settings = Settings {
        host: "127.0.0.1".to_owned(),
        port: listener.local_addr().unwrap().port(),
        tls: Tls::None,
        credentials: None,
        from: "koine <koine@chat.example>".to_owned(),
        language: Language::English,
    };
    let (mailer, sending) = koine_mail::start(settings).unwrap();
    let (told, hears) = oneshot::channel();
    let mail =
        Mail { to: "ann@example.org".into(), about: About::Recovery, link: String::new(), minutes: 30 };
    mailer.post(mail, Box::new(move |posted| told.send(posted).unwrap()));
    tokio::select! {
        posted = hears => assert_eq!(posted, Ok(Posted::Unsure)),
        () = sending => panic!("the sending has ended"),
    }
}

#[tokio::test]
async fn a_full_queue_is_told_at_once() {
    let office = PostOffice::open().await;
    // Nobody runs the sending.
    let (mailer, _sending) = koine_mail::start(settings(&office)).unwrap();
    let (told, mut hears) = tokio::sync::mpsc::unbounded_channel();
    for _ in 0..65 {
        let told = told.clone();
        let mail = Mail {
            to: "ann@example.org".into(),
            about: About::Verification,
            link: String::new(),
            minutes: 5,
        };
        mailer.post(mail, Box::new(move |posted| told.send(posted).unwrap()));
    }
    assert_eq!(hears.try_recv(), Ok(Posted::Failed));
    assert!(hears.try_recv().is_err());
}

#[test]
fn a_sender_must_be_an_address() {
    let settings = |from: &str| Settings {
        host: "localhost".into(),
        port: 25,
        tls: Tls::None,
        credentials: None,
        from: from.to_owned(),
        language: Language::English,
    };
    assert!(settings("koine@chat.example").check().is_ok());
    for from in ["", "koine", "koine@"] {
        assert!(settings(from).check().is_err() && koine_mail::start(settings(from)).is_err(), "{from}");
    }
}
