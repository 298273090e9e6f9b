//! A client of OurChat, which hashes the password before it sends it.

use super::line::{expect, words};
use super::{Client, Known, Line, PASSWORD_HASHED, Said, Soon};
use serde_json::json;

/// The client.
pub(super) struct OurChat {
    line: Line,
    me: Known,
}

impl OurChat {
    pub(super) fn new(me: Known) -> Self {
        Self { line: Line::default(), me }
    }
}

impl Client for OurChat {
    fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    fn register(&mut self) -> Soon<'_, ()> {
        Box::pin(async move {
            let email = format!("{}@example.org", self.me.handle);
            let request =
                json!({"code": 4, "email": email, "password": PASSWORD_HASHED, "name": self.me.handle});
            let answer = self.line.ask(&request, |frame| frame["code"] == 5).await?;
            expect(answer, |frame| words(&frame["ocid"]) == self.me.id.to_string()).map(drop)
        })
    }

    fn sign_in(&mut self) -> Soon<'_, ()> {
        Box::pin(async move {
            let email = format!("{}@example.org", self.me.handle);
            let request = json!({"code": 6, "login_type": 0, "account": email, "password": PASSWORD_HASHED});
            let answer = self.line.ask(&request, |frame| frame["code"] == 7).await?;
            expect(answer, |frame| frame["status"] == 0).map(drop)
        })
    }

    fn say<'a>(&'a mut self, to: &'a Known, text: &'a str) -> Soon<'a, ()> {
        Box::pin(async move {
            let request = json!({"code": 8, "members": [to.id.to_string()]});
            let answer = self.line.ask(&request, |frame| frame["code"] == 9).await?;
            let session = expect(answer, |frame| frame["status"] == 0)?["session_id"].clone();
            let request = json!({
                "code": 0, "time": 1, "sender": {"ocid": self.me.id.to_string(), "session_id": session},
                "msg": [{"type": 0, "text": text}],
            });
            // 18 is how the server says no where the document has no answer.
            let answer = self.line.ask(&request, |frame| {
                let mine = self.me.is(&words(&frame["sender"]["ocid"]));
                frame["code"] == 18 || frame["code"] == 0 && mine && frame["sender"]["session_id"] == session
            });
            expect(answer.await?, |frame| frame["code"] == 0).map(drop)
        })
    }

    fn hear(&mut self) -> Soon<'_, Said> {
        Box::pin(async move {
            loop {
                let frame = self.line.next().await?;
                let from = words(&frame["sender"]["ocid"]);
                if frame["code"] == 0 && !self.me.is(&from) {
                    return Ok(Said { from, text: words(&frame["msg"][0]["text"]) });
                }
            }
        })
    }
}
