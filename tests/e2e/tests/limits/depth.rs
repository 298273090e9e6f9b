//! How deep frames may be nested, in each dialect over each transport: one level more is answered in its words.

use super::frames::{Way, ways};
use super::{PATIENCE, limited};
use koine_e2e::heard::next;
use koine_testkit::Server;
use koine_testkit::peer::Received;
use koine_testkit::value::Encoding;

/// A request with a field that nobody asks for, of so many levels in all.
fn nested(way: Way, levels: usize) -> Vec<u8> {
    let head = match way.dialect {
        "minioicq" => r#""action": "user.get""#,
        "mode-token" => r#""mode": "auth""#,
        "native" => r#""id":7,"do":"contacts""#,
        "ourchat" => r#""code": 6"#,
        "technotrack" => r#""action": "contactlist""#,
        "type-payload" => r#""type": "CONTACT_LIST", "payload": {}"#,
        other => panic!("what is a request of {other}?"),
    };
    match way.encoding {
        Encoding::Json => {
            let [open, close] = ["[", "]"].map(|bracket| bracket.repeat(levels - 1));
            format!("{{{head}, \"deep\": {open}{close}}}").into_bytes()
        }
        Encoding::MessagePack => {
            let mut frame = b"\x82\xa6action\xa8user.get\xa4deep".to_vec();
            frame.extend(std::iter::repeat_n(0x91, levels - 2));
            frame.push(0x90);
            frame
        }
    }
}

fn is_refused(answer: &str) -> bool {
    answer.contains("nested too deeply")
}

#[tokio::test]
async fn one_level_more_than_allowed_is_told_in_each_dialect() {
    let limits = [("json_depth", "10"), ("messagepack_depth", "9")];
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &limits).await;
    let (mut json, mut messagepack) = (0, 0);
    for way in ways(stage.server()) {
        let deepest = if way.encoding == Encoding::Json { 10 } else { 9 };
        let mut peer = way.stranger(stage.server()).await;
        // Also far more of them than any stack bears.
        for levels in [deepest + 1, 20_000] {
            peer.send_bytes(nested(way, levels)).await;
            let answer = next(&mut peer).await;
            assert!(is_refused(&answer.to_string()), "{way:?}: {answer}");
            *(if way.encoding == Encoding::Json { &mut json } else { &mut messagepack }) += 1;
            match way.dialect {
                "native" => {
                    assert_eq!((&answer["id"], &answer["error"]["code"]), (&7.into(), &"bad_request".into()))
                }
                // As with everything that it cannot read.
                "technotrack" => {
                    assert_eq!(peer.receive(PATIENCE).await, Some(Received::Closed));
                    peer = way.stranger(stage.server()).await;
                }
                _ => {}
            }
        }
        // The connection goes on, and what is allowed is read.
        peer.send_bytes(nested(way, deepest)).await;
        let answer = next(&mut peer).await.to_string();
        assert!(!is_refused(&answer), "{way:?}: {answer}");
    }
    // The notation of the other language that one of them takes.
    stage.must("python: mode-token").await;
    for (levels, refused) in [(10, false), (11, true)] {
        let [open, close] = ["[", "]"].map(|bracket| bracket.repeat(levels - 1));
        let request = format!("{{'mode': 'auth', 'text': '[[[[[[[[[[[[', 'deep': {open}{close}}}");
        stage.peer("python").send_bytes(request.into_bytes()).await;
        let answer = next(stage.peer("python")).await.to_string();
        assert_eq!(is_refused(&answer), refused, "{levels}: {answer}");
    }
    numbers.is_met("messagepack_depth", messagepack).await;
    // The brackets within texts of that notation do not count.
    numbers.is_met("json_depth", json + 1).await;
    stage.clear().stop().await;
}

/// What the configuration allows at most is read by the threads that read everything.
#[tokio::test]
async fn the_deepest_that_can_be_allowed_is_read_in_each_dialect() {
    let limits = [("json_depth", "127"), ("messagepack_depth", "127")];
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &limits).await;
    for way in ways(stage.server()) {
        let mut peer = way.stranger(stage.server()).await;
        peer.send_bytes(nested(way, 127)).await;
        let answer = next(&mut peer).await.to_string();
        assert!(!is_refused(&answer), "{way:?}: {answer}");
        let mut peer = way.stranger(stage.server()).await;
        peer.send_bytes(nested(way, 128)).await;
        let answer = next(&mut peer).await.to_string();
        assert!(is_refused(&answer), "{way:?}: {answer}");
    }
    // Literals have a bound of their own below that, and a quote of JSON within one of theirs hides nothing.
    stage.must("python: mode-token").await;
    for head in ["'mode': 'auth'", "'mode': 'auth', 'quote': '\"'"] {
        for (levels, refused) in [(64, false), (65, true), (127, true)] {
            let [open, close] = ["[", "]"].map(|bracket| bracket.repeat(levels - 1));
            let before = numbers.met("json_depth").await;
            let request = format!("{{{head}, 'deep': {open}{close}}}");
            stage.peer("python").send_bytes(request.into_bytes()).await;
            let answer = next(stage.peer("python")).await.to_string();
            assert_eq!(is_refused(&answer), refused, "{head}, {levels}: {answer}");
            assert_eq!(
                numbers.met("json_depth").await - before,
                f64::from(u8::from(refused)),
                "{head}, {levels}"
            );
        }
    }
    assert!(numbers.met("json_depth").await > 0.0 && numbers.met("messagepack_depth").await > 0.0);
    stage.clear().stop().await;
}
