//! Frames as JSON values, whatever they are encoded as; MessagePack's bytes stand as `{"$bin": "BASE64"}`.

use koine_dialect::toolbox::base64;
use serde_json::{Map, Number, Value, json};

/// How a connection's frames are encoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// JSON text.
    Json,
    /// MessagePack in binary frames.
    MessagePack,
}

/// What marks bytes.
const BYTES: &str = "$bin";

/// Reads a frame.
pub fn decode(bytes: &[u8], encoding: Encoding) -> Result<Value, String> {
    match encoding {
        Encoding::Json => serde_json::from_slice(bytes).map_err(|error| error.to_string()),
        Encoding::MessagePack => {
            let mut rest = bytes;
            let value = rmpv::decode::read_value(&mut rest).map_err(|error| error.to_string())?;
            if rest.is_empty() { from_messagepack(value) } else { Err("bytes after the value".to_owned()) }
        }
    }
}

/// Writes a frame.
pub fn encode(value: &Value, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Json => value.to_string().into_bytes(),
        Encoding::MessagePack => {
            let mut bytes = Vec::new();
            rmpv::encode::write_value(&mut bytes, &to_messagepack(value)).expect("writing to memory");
            bytes
        }
    }
}

fn from_messagepack(value: rmpv::Value) -> Result<Value, String> {
    Ok(match value {
        rmpv::Value::Nil => Value::Null,
        rmpv::Value::Boolean(truth) => Value::Bool(truth),
        rmpv::Value::Integer(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => json!(number),
            (_, Some(number)) => json!(number),
            _ => return Err("an integer of no kind".to_owned()),
        },
        rmpv::Value::F32(number) => json!(number),
        rmpv::Value::F64(number) => json!(number),
        rmpv::Value::String(text) => Value::String(text.into_str().ok_or("text that is not UTF-8")?),
        rmpv::Value::Binary(bytes) => json!({ BYTES: base64::encode(&bytes) }),
        rmpv::Value::Array(items) => {
            Value::Array(items.into_iter().map(from_messagepack).collect::<Result<_, _>>()?)
        }
        rmpv::Value::Map(fields) => {
            let mut map = Map::new();
            for (key, value) in fields {
                let key = key.as_str().ok_or("a key that is no text")?.to_owned();
                map.insert(key, from_messagepack(value)?);
            }
            Value::Object(map)
        }
        rmpv::Value::Ext(kind, _) => return Err(format!("an extension of kind {kind}")),
    })
}

fn to_messagepack(value: &Value) -> rmpv::Value {
    match value {
        Value::Null => rmpv::Value::Nil,
        Value::Bool(truth) => rmpv::Value::Boolean(*truth),
        Value::Number(number) => number_to_messagepack(number),
        Value::String(text) => rmpv::Value::String(text.as_str().into()),
        Value::Array(items) => rmpv::Value::Array(items.iter().map(to_messagepack).collect()),
        Value::Object(fields) => {
            if let (1, Some(Value::String(text))) = (fields.len(), fields.get(BYTES)) {
                return rmpv::Value::Binary(base64::decode(text).expect("Base64 in $bin"));
            }
            let pair = |(key, value): (&String, &Value)| {
                (rmpv::Value::String(key.as_str().into()), to_messagepack(value))
            };
            rmpv::Value::Map(fields.iter().map(pair).collect())
        }
    }
}

fn number_to_messagepack(number: &Number) -> rmpv::Value {
    match (number.as_u64(), number.as_i64(), number.as_f64()) {
        (Some(number), ..) => number.into(),
        (_, Some(number), _) => number.into(),
        (.., number) => rmpv::Value::F64(number.unwrap_or_default()),
    }
}
