//! What the server that was started again says of a circle: by native in everybody's name, and to an operator.

use super::Circle;
use super::fact::{Fact, Facts};
use crate::ledger::mark;
use crate::ports::Ports;
use crate::voice::Voice;
use koine_e2e::binary;
use koine_e2e::fetch::try_ask;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

/// Runs an operator's command beside the server, or alone where it is dead already. Gives what it prints.
pub(crate) async fn operate(data: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(binary());
    command.env_clear().env("KOINE_PASSWORDS__MEMORY_KIB", "8").env("KOINE_PASSWORDS__ITERATIONS", "1");
    command.current_dir(std::env::temp_dir()).args(arguments).arg("--data").arg(data);
    command.stdin(std::process::Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr))),
    }
}

/// Everything that is so of this circle. What two people, or an operator, see of the same thing must agree.
pub(super) async fn look(circle: &Circle, ports: &Ports, data: &Path) -> Result<Facts, String> {
    let native = ports.native;
    let states = states(data).await?;
    let mut view = View::default();
    for who in &circle.people {
        let state = states.get(who).map_or("gone", String::as_str);
        view.tokens(circle, who, native).await?;
        let password = view.password(circle, who, state, native).await?;
        match (state, password) {
            ("deleted", None) => drop(view.facts.insert(Fact::Deleted(who.clone()))),
            ("active", Some(password)) => view.lists(circle, who, &password, ports).await?,
            // Nobody but an operator can look, and that only by letting them in for a moment.
            ("disabled", Some(password)) => {
                view.facts.insert(Fact::Disabled(who.clone()));
                operate(data, &["account", "enable", who]).await?;
                view.lists(circle, who, &password, ports).await?;
                operate(data, &["account", "disable", who]).await?;
            }
            (state, None) => {
                return Err(format!(
                    "{who} is {state}, and none of the passwords that they ever had is right"
                ));
            }
            (state, Some(_)) => return Err(format!("{who} signs in, and the account is {state}")),
        }
    }
    view.agreed()
}

/// What the operator is told of everybody: `active`, `disabled` or `deleted`, by handle.
async fn states(data: &Path) -> Result<BTreeMap<String, String>, String> {
    let listed = operate(data, &["account", "list", "--deleted", "--json"]).await?;
    let rows = listed.lines().map(serde_json::from_str::<Value>);
    let rows: Result<Vec<_>, _> = rows.collect();
    let rows = rows.map_err(|error| format!("{error}: {listed}"))?;
    Ok(rows.iter().map(|row| (text(&row["handle"]), text(&row["state"]))).collect())
}

/// What was seen so far.
#[derive(Default)]
struct View {
    facts: Facts,
    /// Who asks whom, as those see it who are asked.
    asked: BTreeSet<Fact>,
    /// Who is in which group, as each sees it, and as its founder does.
    own: BTreeSet<Fact>,
    listed: BTreeSet<Fact>,
}

impl View {
    /// Tries all tokens that this person has ever had.
    async fn tokens(&mut self, circle: &Circle, who: &str, native: SocketAddr) -> Result<(), String> {
        for (_, token) in circle.tokens.iter().filter(|(of, _)| of == who) {
            let mut voice = Voice::connect(native).await;
            match voice.ask("resume", json!({"token": token})).await {
                Ok(_) => drop(self.facts.insert(Fact::SignsIn(who.to_owned(), token.clone()))),
                Err(wrong) if is_refused(&wrong) => {}
                Err(wrong) => return Err(wrong),
            }
            voice.leave().await;
        }
        Ok(())
    }

    /// Tries all passwords that this person has ever had, of which one is right at most.
    async fn password(
        &mut self,
        circle: &Circle,
        who: &str,
        state: &str,
        native: SocketAddr,
    ) -> Result<Option<String>, String> {
        let mut right = None;
        for (_, password) in circle.passwords.iter().filter(|(of, _)| of == who) {
            let mut voice = Voice::connect(native).await;
            let request = json!({"who": who, "password": password, "device": "look"});
            let is_right = match voice.ask("login", request).await {
                Ok(_) => {
                    voice.ask("logout", json!({})).await?;
                    true
                }
                // Told to whoever knows the password.
                Err(wrong) if state == "disabled" && wrong.contains("\"disabled\"") => true,
                Err(wrong) if is_refused(&wrong) => false,
                Err(wrong) => return Err(wrong),
            };
            voice.leave().await;
            if is_right {
                self.facts.insert(Fact::Password(who.to_owned(), password.clone()));
                right = Some(password.clone());
            }
        }
        Ok(right)
    }

    /// What this person is told of themselves, of contacts and of groups.
    async fn lists(
        &mut self,
        circle: &Circle,
        who: &str,
        password: &str,
        ports: &Ports,
    ) -> Result<(), String> {
        let mut voice = Voice::connect(ports.native).await;
        let request = json!({"who": who, "password": password, "device": "look"});
        let told = voice.ask("login", request).await?["me"].take();
        let me = || who.to_owned();
        self.facts.insert(Fact::Nick(me(), text(&told["nick"])));
        if !text(&told["email"]).is_empty() {
            self.facts.insert(Fact::Email(me(), text(&told["email"])));
        }
        // Whoever has set no picture has one that is drawn for them, whose link names none.
        if let Some(picture) = told["avatar"].as_str().filter(|link| link.contains('?')) {
            self.facts.insert(Fact::Portrait(me(), shown(ports.http, picture).await?));
        }
        let told = voice.ask("contacts", json!({})).await?;
        let handles = |list: &str| -> Vec<String> {
            let people = told[list].as_array().into_iter().flatten();
            people
                .map(|one| if one["person"].is_object() { &one["person"] } else { one })
                .map(|one| text(&one["handle"]))
                .collect()
        };
        self.facts.extend(handles("contacts").into_iter().map(|other| Fact::Has(me(), other)));
        self.facts.extend(handles("blocked").into_iter().map(|other| Fact::Blocks(me(), other)));
        self.facts.extend(handles("asked").into_iter().map(|other| Fact::Asks(me(), other)));
        self.asked.extend(handles("requests").into_iter().map(|other| Fact::Asks(other, me())));
        let told = voice.ask("conversations", json!({})).await?;
        for conversation in told["conversations"].as_array().into_iter().flatten() {
            let Some(group) = conversation["id"].as_u64().filter(|id| circle.groups.contains(id)) else {
                continue;
            };
            self.own.insert(Fact::Member(group, me()));
            // What two members are told otherwise is more than there was.
            self.facts.insert(Fact::Named(group, text(&conversation["name"])));
            if let Some(picture) = conversation["avatar"].as_str() {
                self.facts.insert(Fact::Pictured(group, shown(ports.http, picture).await?));
            }
            let told = voice.ask("conversation", json!({"conversation": group})).await?;
            for member in told["members"].as_array().into_iter().flatten() {
                let handle = text(&member["person"]["handle"]);
                if member["leader"] == true {
                    self.facts.insert(Fact::Leads(group, handle.clone()));
                }
                if who == circle.founder() {
                    self.listed.insert(Fact::Member(group, handle));
                }
            }
        }
        voice.ask("logout", json!({})).await?;
        voice.leave().await;
        Ok(())
    }

    /// What all agree about.
    fn agreed(mut self) -> Result<Facts, String> {
        let asks: BTreeSet<_> =
            self.facts.iter().filter(|fact| matches!(fact, Fact::Asks(..))).cloned().collect();
        for (ones, others) in [(&asks, &self.asked), (&self.own, &self.listed)] {
            if let Some(half) = ones.symmetric_difference(others).next() {
                return Err(format!("only one side knows: {half}"));
            }
        }
        self.facts.extend(self.own);
        Ok(self.facts)
    }
}

/// The mark of the picture at this link.
async fn shown(http: SocketAddr, link: &str) -> Result<String, String> {
    let fetched = try_ask(http, "GET", link, &[], &[]).await?;
    match fetched.status {
        200 => Ok(mark(&fetched.body)),
        status => Err(format!("acknowledged and lost: the picture {link}, status {status}")),
    }
}

/// Whether it is a no to a token or a password, and nothing else.
fn is_refused(wrong: &str) -> bool {
    ["wrong_password", "unknown_account", "disabled", "not_signed_in"]
        .iter()
        .any(|code| wrong.contains(&format!("\"{code}\"")))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
