//! A client: what a program of OurChat says and hears, as pure state. It has no words for old messages.

use koine_dialect::client::{Answer, Ask, Client, Heard, Wordless};
use koine_dialect::{Frame, Payload};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// One program.
#[derive(Debug, Default)]
pub(crate) struct Program {
    /// Its own number, once it knows it.
    me: u64,
    /// What was asked and is not answered yet, oldest first.
    pending: VecDeque<Pending>,
}

#[derive(Debug)]
enum Pending {
    /// Registering, with what is sent for the password.
    Register(String),
    Enter,
    Room,
    /// A message, which is acknowledged by coming back.
    Say,
}

/// How the server says no where the document has no answer.
const REFUSED: u64 = 18;

impl Client for Program {
    fn begin(&mut self) {
        self.pending.clear();
    }

    fn ask(&mut self, ask: Ask<'_>, out: &mut Vec<Payload>) -> Result<(), Wordless> {
        let (pending, request) = match ask {
            Ask::Register { me, password } => {
                let secret = secret(password);
                let email = format!("{}@load.example", me.handle);
                let request = json!({"code": 4, "email": email, "password": secret, "name": me.handle});
                (Pending::Register(secret), request)
            }
            Ask::SignIn { me, password, .. } => {
                self.me = me.id;
                (Pending::Enter, login(me.id, &secret(password)))
            }
            Ask::Meet { other } => (Pending::Room, open([other.id])),
            Ask::Group { others, .. } => (Pending::Room, open(others.iter().map(|other| other.id))),
            Ask::Say { room, text, .. } => {
                let session = room.parse::<u64>().map_err(|_| Wordless)?;
                let sender = json!({"ocid": self.me.to_string(), "session_id": session});
                let request =
                    json!({"code": 0, "time": 1, "sender": sender, "msg": [{"type": 0, "text": text}]});
                (Pending::Say, request)
            }
            Ask::SignOut
            | Ask::Show { .. }
            | Ask::Page { .. }
            | Ask::Befriend { .. }
            | Ask::Part { .. }
            | Ask::Leave { .. }
            | Ask::Admit { .. }
            | Ask::Expel { .. }
            | Ask::Promote { .. }
            | Ask::Rename { .. } => return Err(Wordless),
        };
        out.push(Payload::text(request.to_string()));
        self.pending.push_back(pending);
        Ok(())
    }

    fn receive(&mut self, frame: Frame<'_>, out: &mut Vec<Payload>, hear: &mut dyn FnMut(Heard<'_>)) {
        let Frame::Text(text) = frame else { return hear(Heard::Broken("a binary frame".to_owned())) };
        let taken = serde_json::from_str(text).map_err(|error| error.to_string());
        if let Err(why) = taken.and_then(|frame: Value| self.take(&frame, out, hear)) {
            hear(Heard::Broken(format!("{why}: {text}")));
        }
    }
}

impl Program {
    fn take(
        &mut self,
        frame: &Value,
        out: &mut Vec<Payload>,
        hear: &mut dyn FnMut(Heard<'_>),
    ) -> Result<(), String> {
        let code = frame.get("code").and_then(Value::as_u64).ok_or("no code")?;
        let status = frame.get("status").and_then(Value::as_u64).unwrap_or(0);
        match (code, self.pending.front()) {
            (0, _) => self.said(frame, hear),
            (5 | 7 | 9 | REFUSED, None) => return Err("nothing was asked".to_owned()),
            (REFUSED, _) => self.refused(&frame.to_string(), hear),
            (5, Some(Pending::Register(_))) | (7, Some(Pending::Enter)) | (9, Some(Pending::Room))
                if status != 0 =>
            {
                self.refused(&format!("status {status}"), hear);
            }
            (5, Some(Pending::Register(secret))) => {
                self.me = number(frame, "ocid").ok_or("no ocid")?;
                let request = login(self.me, secret);
                self.pending.pop_front();
                self.pending.push_front(Pending::Enter);
                out.push(Payload::text(request.to_string()));
            }
            (7, Some(Pending::Enter)) => {
                self.pending.pop_front();
                hear(Heard::Answer(Answer::Entered(self.me)));
            }
            (9, Some(Pending::Room)) => {
                let session = number(frame, "session_id").ok_or("no session_id")?;
                self.pending.pop_front();
                hear(Heard::Answer(Answer::Room(&session.to_string())));
            }
            (5 | 7 | 9, Some(other)) => return Err(format!("it does not answer {other:?}")),
            // What happens to other people and sessions.
            _ => {}
        }
        Ok(())
    }

    fn refused(&mut self, why: &str, hear: &mut dyn FnMut(Heard<'_>)) {
        self.pending.pop_front();
        hear(Heard::Refused(why));
    }

    fn said(&mut self, frame: &Value, hear: &mut dyn FnMut(Heard<'_>)) {
        let sender = frame.get("sender").and_then(|sender| number(sender, "ocid"));
        if sender == Some(self.me) && matches!(self.pending.front(), Some(Pending::Say)) {
            self.pending.pop_front();
            hear(Heard::Answer(Answer::Taken));
        }
        let parts = frame.get("msg").and_then(Value::as_array);
        for text in parts.into_iter().flatten().filter_map(|part| part.get("text")?.as_str()) {
            hear(Heard::Said(text));
        }
    }
}

fn login(id: u64, secret: &str) -> Value {
    json!({"code": 6, "login_type": 1, "account": id.to_string(), "password": secret})
}

fn open(others: impl IntoIterator<Item = u64>) -> Value {
    let members: Vec<String> = others.into_iter().map(|id| id.to_string()).collect();
    json!({"code": 8, "members": members})
}

/// What is sent for a password: 64 hexadecimal digits that differ where it does. A real client sends its SHA-256, which to the
/// server is as good as any other.
fn secret(password: &str) -> String {
    let digits: String = password.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("{digits:0<64}").chars().take(64).collect()
}

/// A number, or digits.
fn number(value: &Value, field: &str) -> Option<u64> {
    let value = value.get(field)?;
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use koine_dialect::client::Known;

    fn hears(asks: &[Ask<'_>], frames: &[Value]) -> (Vec<String>, Vec<Value>) {
        let (mut program, mut out, mut heard) = (Program::default(), Vec::new(), Vec::new());
        for ask in asks {
            program.ask(*ask, &mut out).unwrap();
        }
        for frame in frames {
            program.receive(Frame::Text(&frame.to_string()), &mut out, &mut |what| {
                heard.push(format!("{what:?}"));
            });
        }
        let said = out.iter().map(|payload| serde_json::from_slice(payload.bytes()).unwrap());
        (heard, said.collect())
    }

    #[test]
    fn a_program_is_answered_in_order() {
        let (me, other) =
            (Known { handle: "ann".to_owned(), id: 0 }, Known { handle: "bob".to_owned(), id: 7 });
        let asks = [
            Ask::Register { me: &me, password: "secret" },
            Ask::Meet { other: &other },
            Ask::Say { room: "3", key: 1, text: "Tea" },
            Ask::Meet { other: &other },
        ];
        let said = |ocid: &str| json!({"code": 0, "sender": {"ocid": ocid, "session_id": 3}, "msg": [{"type": 0, "text": "Tea"}]});
        let frames = [
            json!({"code": 5, "status": 0, "ocid": "5"}),
            json!({"code": 7, "status": 0}),
            json!({"code": 9, "status": 0, "session_id": 3}),
            said("7"),
            said("5"),
            json!({"code": 9, "status": 1}),
        ];
        let expected = [
            "Answer(Entered(5))",
            r#"Answer(Room("3"))"#,
            r#"Said("Tea")"#,
            "Answer(Taken)",
            r#"Said("Tea")"#,
            r#"Refused("status 1")"#,
        ];
        let (heard, said) = hears(&asks, &frames);
        assert_eq!(heard, expected);
        let login = said.last().unwrap();
        assert_eq!((&login["code"], &login["account"]), (&json!(6), &json!("5")));
        assert_eq!(login["password"].as_str().map(str::len), Some(64));
    }

    #[test]
    fn what_is_out_of_order_is_noticed() {
        for frame in [json!({"code": 7, "status": 0}), json!({"code": 18}), json!([])] {
            let (heard, _) = hears(&[], &[frame]);
            assert!(heard.len() == 1 && heard[0].starts_with("Broken"), "{heard:?}");
        }
        let page = Ask::Page { room: "3", before: 1, limit: 1 };
        assert_eq!(Program::default().ask(page, &mut Vec::new()), Err(Wordless));
    }
}
