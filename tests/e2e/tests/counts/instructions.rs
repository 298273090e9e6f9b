//! The instructions of a fixed conversation, in the program as the tests have it, which is optimised little: what is released needs about
//! a third of them.

use super::{flavour, talk};
use koine_e2e::instructions::Instructions;
use koine_e2e::matrix::Town;

/// Messages until everything that is made once is made, and messages that are counted.
const FIRST: usize = 20;
const COUNTED: usize = 60;
/// The most thousands of instructions that a message may take, from the frame that says it to the frame that tells it, with the commit
/// that it has for itself: a sixth more than were counted when this was written (309 to 319).
const THOUSANDS: f64 = 370.0;

#[tokio::test]
async fn a_message_takes_so_many_instructions() {
    let folder = tempfile::tempdir().expect("a folder");
    let recipe = koine_e2e::recipe().with("KOINE_LIMITS__POSTS_PER_SECOND", "0");
    let (recipe, mut instructions) = Instructions::on(recipe, folder.path());
    let mut town = Town::found_by(recipe).await;
    let id = town.server_mut().program().id();
    let mut speaker = town.welcome(flavour("native"), "speaker".to_owned()).await;
    let mut listener = town.welcome(flavour("native"), "listener".to_owned()).await;
    talk(&mut speaker, &mut listener, 0, FIRST).await;
    instructions.begin(id);
    talk(&mut speaker, &mut listener, FIRST, COUNTED).await;
    let each = instructions.taken(id) as f64 / COUNTED as f64 / 1000.0;
    eprintln!("{each:.0} thousand instructions a message");
    assert!(
        each <= THOUSANDS,
        "{each:.0} thousand instructions a message, at most {THOUSANDS:.0} are allowed"
    );
    // Something was counted at all.
    assert!(each > 10.0, "{each:.0} thousand");
    speaker.leaves().await;
    listener.leaves().await;
    town.close().await;
}
