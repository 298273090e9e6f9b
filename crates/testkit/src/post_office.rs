//! A mail server on loopback that keeps what it is given: enough of RFC 5321 for a client that is not ours.

use koine_dialect::toolbox::base64;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A mail server that listens as long as this.
pub struct PostOffice {
    address: SocketAddr,
    letters: Arc<Mutex<Vec<Letter>>>,
    listening: JoinHandle<()>,
}

/// One mail, as it came.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Letter {
    /// Whom it is to go to, as the envelope says.
    pub to: String,
    /// Who has proven to be allowed to send it, as `user:password`; nothing where nobody did.
    pub credentials: String,
    /// Headers and body.
    pub data: String,
}

/// How long a mail may take.
const PATIENCE: Duration = Duration::from_secs(10);

impl PostOffice {
    /// Opens on a free port. Mail to addresses below `.invalid` is refused.
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let letters = Arc::default();
        let kept = Arc::clone(&letters);
        #[allow(
            clippy::disallowed_methods,
            reason = "the task ends with the test that has opened the office"
        )]
        let listening = tokio::spawn(async move {
            let mut clients = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                clients.spawn(serve(stream, Arc::clone(&kept)));
            }
        });
        Self { address, letters, listening }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The last letter to `address`, as soon as there is one.
    pub async fn letter(&self, address: &str) -> Letter {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let found = self.all().into_iter().rev().find(|letter| letter.to == address);
            if let Some(letter) = found {
                return letter;
            }
            assert!(tokio::time::Instant::now() < deadline, "no mail went to {address}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// All letters so far.
    pub fn all(&self) -> Vec<Letter> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for PostOffice {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Letter {
    /// The parts of the body, each with its type and decoded.
    pub fn parts(&self) -> Vec<(String, String)> {
        let boundary = self.data.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next());
        let mark = format!("--{}", boundary.expect("a mail of several parts"));
        let parts = self.data.split(mark.as_str()).skip(1).filter(|part| !part.starts_with("--"));
        parts
            .map(|part| {
                let (head, body) = part.trim_start().split_once("\r\n\r\n").expect("a part with a head");
                let head = head.to_lowercase();
                let field = |name: &str| {
                    let line = head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
                    line.split(';').next().unwrap_or_default().trim().to_owned()
                };
                (field("content-type:"), decode(body, &field("content-transfer-encoding:")))
            })
            .collect()
    }

    /// The first link in the plain text.
    pub fn link(&self) -> String {
        let parts = self.parts();
        let (_, text) = parts.iter().find(|(kind, _)| kind == "text/plain").expect("a part of plain text");
        let link = text.split_whitespace().find(|word| word.starts_with("http"));
        link.unwrap_or_else(|| panic!("no link in {text}")).to_owned()
    }
}

fn decode(body: &str, encoding: &str) -> String {
    match encoding {
        "base64" => {
            let bytes = base64::decode(body).expect("Base64");
            String::from_utf8(bytes).expect("UTF-8")
        }
        "quoted-printable" => {
            let mut bytes = Vec::new();
            let joined = body.replace("=\r\n", "");
            let mut rest = joined.as_bytes();
            while let Some((byte, tail)) = rest.split_first() {
                let hex = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
                let code = hex.filter(|_| *byte == b'=').and_then(|two| u8::from_str_radix(two, 16).ok());
                bytes.push(code.unwrap_or(*byte));
                rest = if code.is_some() { &tail[2..] } else { tail };
            }
            String::from_utf8(bytes).expect("UTF-8")
        }
        _ => body.to_owned(),
    }
}

async fn serve(stream: TcpStream, kept: Arc<Mutex<Vec<Letter>>>) {
    let mut stream = BufReader::new(stream);
    let mut letter = Letter::default();
    let mut answer = "220 a post office\r\n";
    loop {
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let line = line.trim_end();
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        answer = match verb.to_ascii_uppercase().as_str() {
            "EHLO" => "250-a post office\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n",
            "AUTH" => {
                let plain = base64::decode(rest.trim_start_matches("PLAIN ")).unwrap_or_default();
                let plain = String::from_utf8_lossy(&plain).trim_start_matches('\0').replace('\0', ":");
                letter.credentials = plain;
                "235 welcome\r\n"
            }
            "RCPT" => {
                letter.to = rest.trim_start_matches("TO:").trim_matches(['<', '>']).to_owned();
                if letter.to.ends_with(".invalid") { "550 nobody lives there\r\n" } else { "250 ok\r\n" }
            }
            "DATA" => {
                if stream.write_all(b"354 go on\r\n").await.is_err() {
                    return;
                }
                letter.data.clear();
                while !letter.data.ends_with("\r\n.\r\n") {
                    if stream.read_line(&mut letter.data).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(letter.clone());
                "250 taken\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "250 ok\r\n",
        };
    }
}
