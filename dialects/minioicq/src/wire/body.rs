//! Reading what a client sent: first which action it is, then the action's own fields.
//!
//! Both passes go over the bytes and build nothing of what they do not need, so a frame never becomes larger in
//! memory than it was on the wire. Bytes after the first MessagePack value are ignored: some encoders pad.

use crate::wire::Scalar;
use koine_dialect::toolbox::lenient;
use koine_dialect::{Frame, Nesting, Notation};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// A frame that is to be read.
#[derive(Clone, Copy)]
pub(crate) struct Body<'a> {
    frame: Frame<'a>,
    nesting: Nesting,
}

/// Why a frame says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unreadable {
    /// A text frame that holds no JSON object.
    Json,
    /// A binary frame that holds no MessagePack map.
    MessagePack,
    /// A frame that is nested deeper than may be.
    Deep,
    /// Everything can be read, except what it is about.
    NoAction,
}

impl<'a> Body<'a> {
    /// What `frame` holds.
    pub(crate) fn new(frame: Frame<'a>, nesting: Nesting) -> Self {
        Self { frame, nesting }
    }

    /// What the client wants.
    pub(crate) fn action(self) -> Result<String, Unreadable> {
        if let Frame::Text(text) = self.frame
            && !self.nesting.bears(text)
        {
            return Err(Unreadable::Deep);
        }
        let head: Head = self.read().inspect_err(|error| {
            if *error == Unreadable::Deep {
                self.nesting.refused(Notation::MessagePack);
            }
        })?;
        match head.action {
            Scalar::Text(action) if !action.is_empty() => Ok(action),
            _ => Err(Unreadable::NoAction),
        }
    }

    /// The fields that a `T` has; others are passed over.
    pub(crate) fn read<T: DeserializeOwned>(self) -> Result<T, Unreadable> {
        match self.frame {
            Frame::Text(text) => lenient::from_str(text).map_err(|_| Unreadable::Json),
            Frame::Binary(bytes) => {
                let mut deserializer = rmp_serde::Deserializer::from_read_ref(bytes);
                // The reader counts the value itself, too, and refuses what has as many levels as it is given.
                deserializer.set_max_depth(self.nesting.messagepack().saturating_add(1));
                T::deserialize(&mut deserializer).map_err(|error| match error {
                    rmp_serde::decode::Error::DepthLimitExceeded => Unreadable::Deep,
                    _ => Unreadable::MessagePack,
                })
            }
        }
    }
}

impl Unreadable {
    /// What the client is told.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Json => "Malformed JSON: expected an object",
            Self::MessagePack => "Malformed MessagePack: expected a map",
            Self::Deep => "Malformed message: nested too deeply",
            Self::NoAction => "Malformed message: no action",
        }
    }
}

struct Head {
    action: Scalar,
}

// By hand, because a derived reader would take a list for a map without names.
impl<'de> Deserialize<'de> for Head {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeadVisitor)
    }
}

struct HeadVisitor;

impl<'de> Visitor<'de> for HeadVisitor {
    type Value = Head;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Head, A::Error> {
        let mut action = Scalar::Missing;
        while let Some(name) = fields.next_key::<Scalar>()? {
            if name == Scalar::Text("action".to_owned()) {
                action = fields.next_value()?;
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Head { action })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::packed;
    use proptest::prelude::*;
    use serde::Deserialize as Derive;
    use serde_json::json;

    #[derive(Derive)]
    struct Fields {
        #[serde(default)]
        user_id: Scalar,
    }

    fn body(frame: Frame<'_>) -> Body<'_> {
        Body::new(frame, Nesting::default())
    }

    fn action_of(bytes: &[u8]) -> Result<String, Unreadable> {
        body(Frame::Binary(bytes)).action()
    }

    fn sample() -> Vec<u8> {
        packed(&json!({
            "action": "message.send",
            "message": {"chat_id": 3, "type": "image", "content": {"$bin": "AAECAw=="}, "time": null, "more": [1, 2.5, true]},
        }))
    }

    #[test]
    fn what_is_no_map_with_an_action_is_told_apart() {
        let text = |text| body(Frame::Text(text)).action();
        assert_eq!(text("{\n  \"action\": \"heartbeat\",\n}\n").as_deref(), Ok("heartbeat"));
        assert_eq!(text("{\"action\": 5}"), Err(Unreadable::NoAction));
        assert_eq!(text("{}"), Err(Unreadable::NoAction));
        assert_eq!(text("[\"heartbeat\"]"), Err(Unreadable::Json));
        assert_eq!(text("{\"action\": \"heartbeat\"} x"), Err(Unreadable::Json));
        assert_eq!(text(""), Err(Unreadable::Json));
        assert_eq!(action_of(&packed(&json!(["heartbeat"]))), Err(Unreadable::MessagePack));
        assert_eq!(action_of(&packed(&json!("heartbeat"))), Err(Unreadable::MessagePack));
        assert_eq!(action_of(&packed(&json!({"a": 1}))), Err(Unreadable::NoAction));
        assert_eq!(action_of(b"{\"action\": \"heartbeat\"}"), Err(Unreadable::MessagePack));
        assert_eq!(action_of(b""), Err(Unreadable::MessagePack));
    }

    #[test]
    fn a_frame_cut_anywhere_is_malformed() {
        let whole = sample();
        assert_eq!(action_of(&whole).as_deref(), Ok("message.send"));
        for end in 0..whole.len() {
            assert_eq!(action_of(&whole[..end]), Err(Unreadable::MessagePack), "cut at {end}");
        }
    }

    #[test]
    fn bytes_after_the_value_are_ignored() {
        let mut padded = sample();
        padded.extend([0xc1, 0xff]);
        assert_eq!(action_of(&padded).as_deref(), Ok("message.send"));
    }

    #[test]
    fn deep_nesting_is_refused_and_harmless() {
        let mut deep = b"\x82\xa1x".to_vec();
        deep.extend(vec![0x91; 1_000_000]);
        deep.extend(b"\xc0\xa6action\xa9heartbeat");
        assert_eq!(action_of(&deep), Err(Unreadable::Deep));
        let text = format!("{{\"user_id\": {}0{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(body(Frame::Text(&text)).action(), Err(Unreadable::Deep));
        assert_eq!(body(Frame::Text(&text[..100_000])).action(), Err(Unreadable::Deep));
        assert!(
            body(Frame::Text(&text)).read::<Fields>().is_ok_and(|fields| fields.user_id == Scalar::Other)
        );
    }

    #[test]
    fn as_many_levels_are_read_as_are_allowed() {
        let nesting = Nesting::new(9, 9, |_| {});
        let check = |levels: usize, expected: Result<String, Unreadable>| {
            let mut packed = b"\x82\xa1x".to_vec();
            packed.extend(vec![0x91; levels - 1]);
            packed.extend(b"\xc0\xa6action\xa9heartbeat");
            assert_eq!(Body::new(Frame::Binary(&packed), nesting).action(), expected, "{levels}");
            let lists = ["[", "]"].map(|bracket| bracket.repeat(levels - 1));
            let text = format!(r#"{{"x": {}0{}, "action": "heartbeat"}}"#, lists[0], lists[1]);
            assert_eq!(Body::new(Frame::Text(&text), nesting).action(), expected, "{levels}");
        };
        check(9, Ok("heartbeat".to_owned()));
        check(10, Err(Unreadable::Deep));
    }

    #[test]
    fn a_length_that_is_not_there_is_not_believed() {
        let check = |bytes: &[u8]| assert_eq!(action_of(bytes), Err(Unreadable::MessagePack), "{bytes:x?}");
        check(b"\xdf\xff\xff\xff\xff");
        check(b"\x81\xdb\xff\xff\xff\xff");
        check(b"\x81\xa1a\xdd\xff\xff\xff\xff\x01");
        check(b"\x81\xa1a\xc6\xff\xff\xff\xff\x01");
    }

    #[test]
    fn an_extension_type_stands_in_nobodys_way() {
        // A time stamp, as some MessagePack libraries write one.
        let mut frame = b"\x83\xa4time\xd6\xff\x65\x00\x00\x00\xa7user_id".to_vec();
        frame.extend(b"\xd6\xff\x65\x00\x00\x00\xa6action\xa9heartbeat");
        assert_eq!(action_of(&frame).as_deref(), Ok("heartbeat"));
        let fields: Fields = body(Frame::Binary(&frame)).read().unwrap();
        assert!(fields.user_id == Scalar::Other);
    }

    #[test]
    fn names_that_are_no_text_are_passed_over() {
        let frame = b"\x83\x05\x01\xc4\x01x\x02\xa6action\xa9heartbeat";
        assert_eq!(action_of(frame).as_deref(), Ok("heartbeat"));
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes: Vec<u8>) {
            let _ = action_of(&bytes);
            let _ = body(Frame::Binary(&bytes)).read::<Fields>();
        }

        #[test]
        fn a_changed_byte_never_panics(position in 0..sample().len(), byte: u8) {
            let mut bytes = sample();
            bytes[position] = byte;
            let _ = action_of(&bytes);
        }

        #[test]
        fn random_text_never_panics(text: String) {
            let _ = body(Frame::Text(&text)).action();
        }

        #[test]
        fn what_another_writer_wrote_is_read(user_id: String, text: Vec<u8>) {
            let fields = vec![("content".into(), rmpv::Value::Binary(text)), ("user_id".into(), user_id.as_str().into())];
            let mut bytes = Vec::new();
            rmpv::encode::write_value(&mut bytes, &rmpv::Value::Map(fields)).unwrap();
            let read: Fields = body(Frame::Binary(&bytes)).read().unwrap();
            prop_assert!(read.user_id == Scalar::Text(user_id));
        }
    }
}
