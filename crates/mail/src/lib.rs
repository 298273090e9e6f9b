//! Mail by SMTP: the core's mailer, with letters in several languages.
//!
//! Nothing waits for a mail: it is put into a bounded queue, which one future empties for as long as somebody runs it. What is
//! still in the queue when the server ends is lost, and so are the links in it.

#![forbid(unsafe_code)]

mod letter;
mod settings;

pub use settings::{Language, SenderError, Settings, Tls};

use futures_util::{StreamExt, stream};
use koine_core::surroundings::{Mail, Mailer, Posted, Told};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls as Security, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::time::Duration;
use tokio::sync::mpsc;

/// Puts mails into the queue.
#[derive(Debug)]
pub struct SmtpMailer {
    queue: mpsc::Sender<(Mail, Told)>,
}

/// Why no mail can be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address from which mail is to come is none.
    #[error("mail has nobody to come from")]
    Sender(#[source] SenderError),
    /// TLS cannot be set up.
    #[error("mail cannot be sent over TLS")]
    Tls(#[source] lettre::transport::smtp::Error),
}

#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("the letter cannot be written")]
    Letter(#[source] letter::LetterError),
    #[error("the mail server did not take it")]
    Smtp(#[source] lettre::transport::smtp::Error),
    #[error("the mail server took too long")]
    TooSlow,
}

impl SendError {
    /// Too late is not never: a server that was slow to say so may have taken the mail.
    fn posted(&self) -> Posted {
        match self {
            Self::TooSlow => Posted::Unsure,
            Self::Smtp(error) if error.is_timeout() => Posted::Unsure,
            Self::Smtp(_) | Self::Letter(_) => Posted::Failed,
        }
    }
}

/// Mails that wait.
const QUEUE: usize = 64;
/// Mails that are being sent at once.
const ABREAST: usize = 4;
/// How long one mail may take.
const PATIENCE: Duration = Duration::from_secs(30);

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// A mailer, and the future that sends what it is given. The future never ends.
pub fn start(settings: Settings) -> Result<(SmtpMailer, impl Future<Output = ()> + Send), StartError> {
    settings.check().map_err(StartError::Sender)?;
    let transport = transport(&settings)?;
    let (queue, waiting) = mpsc::channel(QUEUE);
    let mails = stream::unfold(waiting, |mut waiting| async { Some((waiting.recv().await?, waiting)) });
    let sending = async move {
        mails.for_each_concurrent(ABREAST, |(mail, told)| deliver(&transport, &settings, mail, told)).await;
        std::future::pending().await
    };
    Ok((SmtpMailer { queue }, sending))
}

impl Mailer for SmtpMailer {
    fn post(&self, mail: Mail, told: Told) {
        use mpsc::error::TrySendError::{Closed, Full};
        if let Err(Full((_, told)) | Closed((_, told))) = self.queue.try_send((mail, told)) {
            tracing::warn!("a mail is not sent: too many are under way");
            told(Posted::Failed);
        }
    }
}

async fn deliver(transport: &Transport, settings: &Settings, mail: Mail, told: Told) {
    match send(transport, settings, &mail).await {
        Ok(()) => told(Posted::Sent),
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::warn!(%error, cause, "a mail is not sent");
            told(error.posted());
        }
    }
}

async fn send(transport: &Transport, settings: &Settings, mail: &Mail) -> Result<(), SendError> {
    let letter = letter::write(mail, settings).map_err(SendError::Letter)?;
    let sent = tokio::time::timeout(PATIENCE, transport.send(letter)).await;
    sent.map_err(|_| SendError::TooSlow)?.map(drop).map_err(SendError::Smtp)
}

fn transport(settings: &Settings) -> Result<Transport, StartError> {
    let parameters = || TlsParameters::new(settings.host.clone()).map_err(StartError::Tls);
    let tls = match settings.tls {
        Tls::None => Security::None,
        Tls::Starttls => Security::Required(parameters()?),
        Tls::Tls => Security::Wrapper(parameters()?),
    };
    let mut builder =
        Transport::builder_dangerous(&settings.host).port(settings.port).tls(tls).timeout(Some(PATIENCE));
    if let Some((user, password)) = &settings.credentials {
        builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
    }
    Ok(builder.build())
}
