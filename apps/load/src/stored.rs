//! What is said before a scene begins, so that it is there.

use crate::clock;
use crate::crowd::{Crowd, OwnAnswer};
use crate::stage::Stage;
use crate::stamp::Stamp;
use anyhow::{Context, ensure};
use koine_dialect::client::{Ask, Known};
use std::time::Duration;

/// Makes people in twos, of whom the even one knows a conversation with the other; tells what the protocol calls each.
pub(crate) fn talk_of_twos(stage: &Stage, crowd: &mut Crowd, pairs: usize) -> anyhow::Result<Vec<String>> {
    let known = stage.register(crowd, 0..pairs * 2)?;
    let both: Vec<(usize, &Known)> = (0..pairs).map(|pair| (pair * 2, &known[pair * 2 + 1])).collect();
    stage.meet(crowd, &both)
}

/// Has the even ones say so many messages, all together; tells how many each conversation has then.
pub(crate) fn fill(
    stage: &Stage,
    crowd: &mut Crowd,
    rooms: &[String],
    messages: u64,
    size: usize,
) -> anyhow::Result<u64> {
    const AT_ONCE: usize = 256;
    let filling = crate::scene::filling(stage, size);
    let each = messages.div_ceil(rooms.len() as u64);
    stage.progress.say("storing messages");
    stage.progress.begin_count(each * rooms.len() as u64);
    let (mut numbers, mut text) = (vec![0; rooms.len()], String::new());
    let people = (0..each).flat_map(|_| (0..rooms.len()).map(|pair| pair * 2));
    let mut ask = |crowd: &mut Crowd, who: usize| {
        let pair = who / 2;
        numbers[pair] += 1;
        let stream = u32::try_from(pair).context("too many conversations")?;
        Stamp { stream, number: numbers[pair], at: 0 }.write(&mut text, size, &filling);
        crowd.ask(who, Ask::Say { room: &rooms[pair], key: numbers[pair], text: &text })
    };
    crowd.each(people, AT_ONCE, &mut ask, &mut |_, _, answer| {
        ensure!(answer == OwnAnswer::Taken, "{answer:?} instead of an acknowledgement");
        stage.progress.step();
        Ok(())
    })?;
    Ok(each)
}

/// Has everybody hear what is still on its way to them.
pub(crate) fn hear(crowd: &mut Crowd) -> anyhow::Result<()> {
    const QUIET: Duration = Duration::from_millis(300);
    let mut last = clock::now();
    while clock::now() < last + QUIET {
        crowd.turn(Duration::from_millis(50), &mut |_, _| last = clock::now())?;
    }
    Ok(())
}
