//! Those who open and close as fast as they can: nothing is left of them.

use super::by_hand::{client_hello, handshake};
use super::bystanders::Bystanders;
use super::machine::{Watch, open_files};
use super::{scale, town, turn_alone};
use koine_testkit::Server;
use socket2::SockRef;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use tokio::time::Instant;

/// How long each of them goes on.
const WHILE: Duration = Duration::from_millis(150);
/// How many connections there may be at once. They make many times as many: were something left of each, nobody could connect.
const CONNECTIONS: usize = 2_000;
/// What may be left of one of them, in bytes. The allocator's own noise is more than nothing.
const LEFT: usize = 300;

/// For how long one of them may keep a processor busy, on average.
const BUSY: Duration = Duration::from_micros(500);

/// How one of them goes.
#[derive(Clone, Copy, Debug)]
enum Leave {
    /// With good-bye (FIN).
    Closing,
    /// Without (RST).
    Resetting,
}

/// What one of them says before it goes.
#[derive(Clone, Copy, Debug)]
enum Say {
    Nothing,
    HalfOfAHandshake,
    /// A whole one, of which it reads the answer.
    AHandshake,
    /// A whole one, to which it does not wait for an answer.
    AHandshakeInPassing,
    TheBeginningOfTls,
}

#[tokio::test]
async fn those_who_come_and_go_as_fast_as_they_can_leave_nothing_behind() {
    let _turn = turn_alone().await;
    open_files(CONNECTIONS + 1000);
    let most = CONNECTIONS.to_string();
    let limits = [("connections_per_address", most.as_str()), ("connections", most.as_str())];
    let mut town = town(koine_e2e::recipe().with_tls(), &limits).await;
    let bystanders = Bystanders::of(&mut town).await;
    let watch = Watch::of(&mut town);
    let server = town.server();
    let secured = server.secured("technotrack").expect("TLS").1;
    let plans = [
        ("technotrack", server.address("technotrack"), Say::Nothing),
        ("http", server.address("http"), Say::Nothing),
        ("type-payload", server.address("type-payload"), Say::HalfOfAHandshake),
        ("minioicq", server.address("minioicq"), Say::HalfOfAHandshake),
        ("minioicq", server.address("minioicq"), Say::AHandshakeInPassing),
        ("minioicq", server.address("minioicq"), Say::AHandshake),
        ("technotrack (TLS)", secured, Say::TheBeginningOfTls),
    ];
    bystanders
        .are_undisturbed("those who come and go", async || {
            let connections = watch.number("koine_connections{").await;
            let sockets = watch.sockets();
            let mut rounds = Vec::new();
            // What the first round leaves may be room that the allocator has found out that it needs. How many there are at once, and so how
            // much memory they have at most, is the machine's business: it counts what is left when the server has given back the rest.
            for _ in 0..2 {
                let since = watch.since_now();
                let mut came = 0;
                for (name, address, say) in plans {
                    for leave in [Leave::Closing, Leave::Resetting] {
                        let many = flood(
                            address,
                            say,
                            leave,
                            WHILE * u32::try_from(scale()).expect("a small scale"),
                        );
                        eprintln!("  {many} at {name}, {leave:?} after {say:?}");
                        came += many;
                    }
                }
                watch.settles(sockets).await;
                watch.until("koine_connections{", |number| number <= connections).await;
                let many = u32::try_from(came).expect("a number");
                watch.has_spared(&since, "those who come and go", BUSY * many);
                let at_once = watch.memory();
                let settled = match rounds[..] {
                    [] => bystanders.are_silent(watch.settled_memory()).await,
                    [(_, before), ..] => {
                        let most = before + came * LEFT / 1024;
                        bystanders.are_silent(watch.memory_of_at_most(most)).await
                    }
                };
                eprintln!("  {at_once} KiB at once, {settled} KiB when nothing was said for a while");
                rounds.push((came, settled));
            }
            let [(first, before), (came, after)] = rounds[..] else { panic!("two rounds") };
            eprintln!(
                "{first} and {came} came and went: {before} KiB after the first, {after} KiB after the last"
            );
            assert!(came > CONNECTIONS, "{came} are too few to prove anything");
            assert!(after.saturating_sub(before) * 1024 <= came * LEFT, "{before} KiB became {after} KiB");
        })
        .await;
    bystanders.leave().await;
    town.close().await;
}

/// Comes and goes for a while; tells how often.
fn flood(address: SocketAddr, say: Say, leave: Leave, time: Duration) -> usize {
    let begun = Instant::now();
    let mut came = 0;
    while begun.elapsed() < time {
        // The system may have run out of ports for a moment.
        let Ok(mut stream) = TcpStream::connect(address) else {
            std::thread::sleep(Duration::from_millis(5));
            continue;
        };
        came += 1;
        if matches!(leave, Leave::Resetting) {
            SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("a socket that can be reset");
        }
        let whole = handshake("/");
        let words = match say {
            Say::Nothing => Vec::new(),
            Say::HalfOfAHandshake => whole[..whole.len() / 2].into(),
            Say::AHandshake | Say::AHandshakeInPassing => whole.into(),
            Say::TheBeginningOfTls => client_hello(),
        };
        // The server may have had enough already.
        let _ = stream.write_all(&words);
        if matches!(say, Say::AHandshake) {
            stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a socket that can wait");
            let _ = stream.read(&mut [0; 1024]);
        }
    }
    came
}
