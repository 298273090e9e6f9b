//! People who do things too often: they wait, nothing of theirs is lost, and nobody else notices.

use super::limits::{people, shake_hands, websocket_by_hand};
use koine_e2e::heard::{Heard, next};
use koine_e2e::people::*;
use koine_testkit::Server;
use koine_testkit::peer::Received;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout};

const PATIENCE: Duration = Duration::from_secs(20);
/// Time enough for whatever need not wait.
const SHORTLY: Duration = Duration::from_millis(700);

#[tokio::test]
async fn who_asks_too_fast_waits() {
    let limits = [("KOINE_LIMITS__REQUESTS_PER_SECOND", "10"), ("KOINE_LIMITS__REQUEST_BURST", "10")];
    let mut stage = people(&limits).await;
    // Whatever they needed for coming in is there again.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let asked = Instant::now();
    let request = json!({"action": "contactlist", "data": {}}).to_string();
    stage.peer("bob").send_bytes(request.repeat(40).into_bytes()).await;
    // The other one is answered while bob waits.
    stage.must("ann> {\"action\": \"heartbeat\"}\nann< {\"action\": \"heartbeat.ack\"}").await;
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    let mut answered = Vec::new();
    while answered.len() < 40 {
        assert_eq!(next(stage.peer("bob")).await["action"], "contactlist");
        answered.push(asked.elapsed());
    }
    // Ten at once and ten a second: the last one after three seconds, less what is left of the first.
    assert!(answered[9] < SHORTLY, "{answered:?}");
    assert!(answered[39] >= Duration::from_millis(1900), "{answered:?}");
    assert!(answered[39] < Duration::from_secs(8), "{answered:?}");
    stage.clear().stop().await;
}

#[tokio::test]
async fn a_small_burst_makes_no_pace_slower() {
    let limits = [("KOINE_LIMITS__REQUESTS_PER_SECOND", "100"), ("KOINE_LIMITS__REQUEST_BURST", "10")];
    let mut stage = people(&limits).await;
    let asked = Instant::now();
    let request = json!({"action": "contactlist", "data": {}}).to_string();
    stage.peer("bob").send_bytes(request.repeat(300).into_bytes()).await;
    for _ in 0..300 {
        assert_eq!(next(stage.peer("bob")).await["action"], "contactlist");
    }
    // A hundred a second, and not ten.
    let took = asked.elapsed();
    assert!(took >= Duration::from_millis(2700), "{took:?}");
    assert!(took < Duration::from_secs(12), "{took:?}");
    stage.clear().stop().await;
}

#[tokio::test]
async fn an_account_asks_for_so_much_over_all_of_its_connections() {
    let limits =
        [("KOINE_LIMITS__ACCOUNT_REQUESTS_PER_SECOND", "10"), ("KOINE_LIMITS__ACCOUNT_REQUEST_BURST", "10")];
    let mut stage = people(&limits).await;
    let names = ["one", "two", "three", "four"];
    for name in names {
        let login = format!(
            r#"{name}: native
{name}< {{"event": "hello", "...": "*"}}
{name}> {{"id": 0, "do": "login", "who": "bob", "password": "secret", "device": ""}}
{name}< {{"id": 0, "ok": {{"...": "*"}}}}"#
        );
        stage.must(&login).await;
    }
    let asked = Instant::now();
    for name in names {
        for id in 1..11 {
            stage.peer(name).send(&json!({"id": id, "do": "contacts"})).await;
        }
    }
    // Somebody else is answered while bob waits.
    stage.must("ann> {\"action\": \"heartbeat\"}\nann< {\"action\": \"heartbeat.ack\"}").await;
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    for name in names {
        for id in 1..11 {
            let answer = next(stage.peer(name)).await;
            assert_eq!((&answer["id"], answer["ok"].is_object()), (&json!(id), true), "{answer}");
        }
    }
    // Ten at once and ten a second, and one more for each connection that asked in the same moment.
    let took = asked.elapsed();
    assert!(took >= Duration::from_millis(2000), "{took:?}");
    assert!(took < Duration::from_secs(12), "{took:?}");
    stage.clear().stop().await;
}

#[tokio::test]
async fn what_is_done_to_groups_counts_like_what_is_said() {
    let limits = [("KOINE_LIMITS__POSTS_PER_SECOND", "5"), ("KOINE_LIMITS__POST_BURST", "5")];
    let mut stage = people(&limits).await;
    stage.must("eve: native\neve< {\"event\": \"hello\", \"...\": \"*\"}").await;
    let begin = r#"
eve> {"id": 1, "do": "login", "who": "bob", "password": "secret", "device": ""}
eve< {"id": 1, "ok": {"...": "*"}}"#;
    stage.must(begin).await;
    let asked = Instant::now();
    for id in 2..22 {
        let create = json!({"id": id, "do": "group.create", "name": format!("group {id}"), "members": []});
        stage.peer("eve").send(&create).await;
    }
    for id in 2..22 {
        let answer = next(stage.peer("eve")).await;
        assert_eq!((&answer["id"], answer["ok"].is_object()), (&json!(id), true), "{answer}");
    }
    let took = asked.elapsed();
    assert!(took >= Duration::from_millis(2700), "{took:?}");
    assert!(took < PATIENCE, "{took:?}");
    stage.clear().stop().await;
}

#[tokio::test]
async fn an_account_posts_so_much_over_all_of_its_connections_and_nothing_is_lost() {
    let limits = [("KOINE_LIMITS__POSTS_PER_SECOND", "10"), ("KOINE_LIMITS__POST_BURST", "10")];
    let mut stage = people(&limits).await;
    stage.must(&registers_by_minioicq("carl", "json")).await;
    stage.must(&returns_by_technotrack("bob2").replace("\"bob2\"", "\"bob\"")).await;
    let began = Instant::now();
    let post = |number: usize| {
        json!({"action": "message", "data": {"uid": "ann", "body": format!("post {number:02}")}}).to_string()
    };
    // Whoever says it all and goes is heard as well.
    let all: String = (0..40).map(post).collect();
    let mut bob = stage.leave("bob2");
    bob.send_bytes(all.into_bytes()).await;
    bob.close().await;
    let mut heard = Heard::default();
    while heard.in_chats() < 40 {
        assert!(began.elapsed() < PATIENCE, "{} came", heard.in_chats());
        heard.note(&next(stage.peer("ann")).await);
    }
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(1900), "{took:?}");
    let chats = heard.chats();
    let expected: Vec<String> = (0..40).map(|number| format!("post {number:02}")).collect();
    assert_eq!(heard.in_chat(&chats[0]), expected);
    stage.clear().stop().await;
}

#[tokio::test]
async fn the_end_of_the_server_does_not_wait_for_who_must_wait() {
    let limits = [("KOINE_LIMITS__POSTS_PER_SECOND", "1"), ("KOINE_LIMITS__POST_BURST", "1")];
    let mut stage = people(&limits).await;
    let post = json!({"action": "message", "data": {"uid": "ann", "body": "hi"}}).to_string();
    stage.peer("bob").send_bytes(post.repeat(200).into_bytes()).await;
    tokio::time::sleep(SHORTLY).await;
    let asked = Instant::now();
    stage.clear().stop().await;
    assert!(asked.elapsed() < Duration::from_secs(8), "{:?}", asked.elapsed());
}

#[tokio::test]
async fn few_strangers_say_large_things_at_once_and_the_others_wait() {
    let mut stage = people(&[("KOINE_LIMITS__STRANGER_LARGE_FRAMES", "1")]).await;
    let address = stage.server().address("mode-token");
    // Most of a large frame, and then nothing.
    let mut half = websocket_by_hand(address).await;
    half.write_all(b"\x81\xff\x00\x00\x00\x00\x00\x03\x00\x00abcd").await.expect("a server that reads");
    half.write_all(&vec![b'x'; 0x02_0000]).await.expect("a server that reads");
    tokio::time::sleep(SHORTLY).await;
    stage.must("small: mode-token\nlarge: mode-token").await;
    let large = json!({"mode": "nonsense", "filler": "x".repeat(0x03_0000)});
    stage.peer("large").send(&large).await;
    assert_eq!(stage.peer("large").receive(Duration::from_secs(2)).await, None);
    stage.peer("small").send(&json!({"mode": "nonsense"})).await;
    assert_eq!(next(stage.peer("small")).await["mode"], "nonsense");
    drop(half);
    assert_eq!(next(stage.peer("large")).await["mode"], "nonsense");
    stage.clear().stop().await;
}

#[tokio::test]
async fn whoever_waits_for_others_is_not_slow() {
    let limits = [
        ("KOINE_LIMITS__STRANGER_LARGE_FRAMES", "1"),
        ("KOINE_LIMITS__STRANGER_FRAME_BYTES", "4096"),
        ("KOINE_LIMITS__FRAME_SECONDS", "3"),
    ];
    let mut stage = people(&limits).await;
    let address = stage.server().address("mode-token");
    // As long as it moves it has half a minute.
    let mut half = websocket_by_hand(address).await;
    half.write_all(b"\x81\xff\x00\x00\x00\x00\x00\x03\x00\x00abcd").await.expect("a server that reads");
    half.write_all(&vec![b'x'; 0x02_0000]).await.expect("a server that reads");
    tokio::time::sleep(SHORTLY).await;
    // A mask of zeros, so that the text stands in it as it is; all but its end is there. It would have three seconds, too.
    let text = json!({"mode": "nonsense", "filler": "x".repeat(8000)}).to_string();
    let length = u16::try_from(text.len()).expect("a short text").to_be_bytes();
    let mut large = websocket_by_hand(address).await;
    let frame = [b"\x81\xfe".as_slice(), &length, &[0; 4], text.as_bytes()].concat();
    let (first, last) = frame.split_at(frame.len() - 2);
    large.write_all(first).await.expect("a server that reads");
    tokio::time::sleep(SHORTLY).await;
    large.write_all(&last[..1]).await.expect("a server that reads");
    for _ in 0..24 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        half.write_all(&[b'x'; 2600]).await.expect("a server that reads");
    }
    large.write_all(&last[1..]).await.expect("a server that waits");
    drop(half);
    let mut answer = Vec::new();
    while !answer.ends_with(b"}") {
        answer.push(timeout(PATIENCE, large.read_u8()).await.expect("in time").expect("an answer"));
    }
    assert!(String::from_utf8_lossy(&answer).contains("nonsense"), "{}", String::from_utf8_lossy(&answer));
    stage.clear().stop().await;
}

#[tokio::test]
async fn behind_a_proxy_connections_count_for_their_clients() {
    let limits = [("KOINE_HTTP__PROXIES", "[\"127.0.0.1\"]"), ("KOINE_LIMITS__CONNECTIONS_PER_ADDRESS", "2")];
    let mut stage = people(&limits).await;
    let http = stage.server().address("http");
    let from = |client: &'static str| async move {
        let (stream, head) = shake_hands(http, "/ws/native", &format!("X-Forwarded-For: {client}\r\n")).await;
        (stream, head.split(' ').nth(1).unwrap_or_default().to_owned())
    };
    let (_one, first) = from("198.51.100.1").await;
    let (two, second) = from("10.0.0.7, 198.51.100.1").await;
    let (_three, third) = from("198.51.100.1").await;
    let (_four, fourth) = from("198.51.100.2").await;
    assert_eq!([first, second, third, fourth], ["101", "101", "429", "101"]);
    // Who goes makes room.
    drop(two);
    let until = Instant::now() + PATIENCE;
    while from("198.51.100.1").await.1 != "101" {
        assert!(Instant::now() < until, "no room is made");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(stage.peer("bob").receive(Duration::from_millis(50)).await, None::<Received>);
    stage.clear().stop().await;
}

#[tokio::test]
async fn what_an_address_may_do_is_what_the_real_binary_goes_by() {
    let limits = [("KOINE_LIMITS__REGISTRATIONS_PER_ADDRESS", "2"), ("KOINE_LIMITS__FAILED_LOGINS", "1")];
    let mut stage = people(&limits).await;
    let refused = r#"eve: technotrack
eve< {"action": "welcome", "...": "*"}
eve> {"action": "register", "data": {"login": "eve", "pass": "secret", "nick": "eve"}}
eve< {"action": "register", "data": {"status": 3, "error": "*"}}
eve> {"action": "auth", "data": {"login": "bob", "pass": "wrong"}}
eve< {"action": "auth", "data": {"status": 2, "...": "*"}}
eve> {"action": "auth", "data": {"login": "bob", "pass": "wrong"}}
eve< {"action": "auth", "data": {"status": 2, "...": "*"}}
eve> {"action": "auth", "data": {"login": "bob", "pass": "secret"}}
eve< {"action": "auth", "data": {"status": 3, "error": "too often, try again in 1 seconds", "...": "*"}}
"#;
    stage.must(refused).await;
    stage.clear().stop().await;
}

#[tokio::test]
async fn of_several_that_wait_for_the_same_none_is_always_last() {
    let limits = [("KOINE_LIMITS__POSTS_PER_SECOND", "20"), ("KOINE_LIMITS__POST_BURST", "1")];
    let mut stage = people(&limits).await;
    let mut programs = Vec::new();
    for (number, program) in ["one", "two", "three"].iter().enumerate() {
        let enters = match number {
            0 => r#""register", "handle": "carl", "nick": "carl""#,
            _ => r#""login", "who": "carl""#,
        };
        stage
            .must(&format!(
                r#"{program}: native
{program}< {{"event": "hello", "...": "*"}}
{program}> {{"id": 1, "do": {enters}, "password": "secret", "device": "{program}"}}
{program}< {{"id": 1, "ok": "*"}}
"#
            ))
            .await;
        programs.push(stage.leave(program));
    }
    for (number, program) in programs.iter_mut().enumerate() {
        for post in 0..100 {
            let key = format!("{number}-{post}");
            let text = format!("from {number}");
            program
                .send(&json!({"id": 2 + post, "do": "send", "to": {"with": "ann"}, "key": key, "text": text}))
                .await;
        }
    }
    let mut heard = [0; 3];
    while heard.iter().sum::<usize>() < 75 {
        let frame = next(stage.peer("ann")).await;
        for message in frame["messages"].as_array().into_iter().flatten() {
            let number =
                message["content"].as_str().and_then(|text| text.strip_prefix("from ")?.parse().ok());
            let number: usize = number.unwrap_or_else(|| panic!("{message}"));
            heard[number] += 1;
        }
    }
    eprintln!("of three connections of one account were heard {heard:?}");
    // Twenty-five of each, more or less; the bound is five standard deviations away.
    assert!(heard.iter().all(|of_one| *of_one > 4), "{heard:?}");
    drop(programs);
    stage.clear().stop().await;
}
