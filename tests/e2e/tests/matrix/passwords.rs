//! One password: whoever registered through one dialect signs in through each other, in the form that its clients send.
//!
//! Of a plain password the server knows all forms, of a hash only that one until the first plain login.

use koine_e2e::matrix::{Cell, Entry, Flavour, Form, Known, Person, Table, Town, flavours, is_written_down};

/// A client of one dialect that sends the password in one form.
#[derive(Clone, Copy)]
struct Way {
    flavour: Flavour,
    form: Form,
}

impl Way {
    fn name(self) -> String {
        format!("{} {}", self.flavour.dialect, self.form.name())
    }

    fn person(self, known: Known) -> Person {
        let mut person = Person::new(self.flavour, known);
        *person.client.secret() = self.form.right();
        person
    }
}

#[tokio::test]
async fn everyone_signs_in_through_everything() {
    let mut town = Town::found().await;
    let ways = ways();
    let columns = ways.iter().map(|way| way.name()).collect();
    let title = "Signing in with the password with which one has registered";
    let mut table = Table::new(title, "registered by \\ signs in by", columns);
    for (row, registered) in ways.iter().enumerate() {
        let mut cells = Vec::new();
        for (column, way) in ways.iter().enumerate() {
            let known = town.next_known(format!("person_{row}_{column}"));
            let mut person = registered.person(known);
            town.register(&mut person).await;
            person.leaves().await;
            cells.push(signs_in(&town, &person.known, *registered, *way).await);
        }
        table.row(&registered.name(), cells);
    }
    let log = town.close().await;
    is_written_down("passwords", &[table], &log);
}

/// One flavour of each dialect, in each form that it sends.
fn ways() -> Vec<Way> {
    let mut ways: Vec<Way> = Vec::new();
    for flavour in flavours() {
        if ways.iter().all(|way| way.flavour.dialect != flavour.dialect) {
            ways.extend(flavour.forms.iter().map(|form| Way { flavour, form: *form }));
        }
    }
    ways
}

/// Signs in, after everything was refused that must be.
async fn signs_in(town: &Town, known: &Known, registered: Way, way: Way) -> Cell {
    let by_rule = [way.form, Form::Plain].contains(&registered.form) || way.form == Form::Plain;
    let mut refused = vec![way.form.wrong()];
    if way.flavour.forms == [Form::Plain] {
        // Where passwords travel as they are, a hash is just another password.
        refused.extend([Form::Md5.right(), Form::Sha256.right()]);
    }
    if !by_rule {
        refused.push(way.form.right());
    }
    for secret in refused {
        if enters(town, known, way, secret).await? != Entry::WrongPassword {
            return Err(format!("{secret} lets in"));
        }
    }
    if by_rule {
        return is_in(enters(town, known, way, way.form.right()).await?, "✓");
    }
    let plain = ways().into_iter().find(|way| way.form == Form::Plain).ok_or("nobody sends it plain")?;
    is_in(enters(town, known, plain, plain.form.right()).await?, "")?;
    if enters(town, known, way, way.form.wrong()).await? != Entry::WrongPassword {
        return Err("after the plain login, a wrong one lets in".to_owned());
    }
    is_in(enters(town, known, way, way.form.right()).await?, "after a plain login")
}

fn is_in(entry: Entry, sign: &'static str) -> Cell {
    if entry == Entry::In { Ok(sign) } else { Err("the right password is refused".to_owned()) }
}

/// Tries to sign in with `secret` on a connection of its own.
async fn enters(town: &Town, known: &Known, way: Way, secret: &'static str) -> Result<Entry, String> {
    let mut person = way.person(known.clone());
    *person.client.secret() = secret;
    town.connect(&mut person).await;
    let entry = person.client.sign_in().await;
    person.leaves().await;
    entry
}
