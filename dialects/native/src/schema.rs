//! `docs/native.schema.json`: the shape of every message, made from the types that read and write them.

use crate::op::{ROWS, Verb};
use crate::refusal::Error;
use crate::wire::event;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// Makes the schemas of a request, by the first generator, and of its answer, by the second.
pub(crate) type Pair = fn(&mut SchemaGenerator, &mut SchemaGenerator) -> (Schema, Schema);

/// Those of `V`.
pub(crate) fn pair<V: Verb>(read: &mut SchemaGenerator, written: &mut SchemaGenerator) -> (Schema, Schema) {
    (read.subschema_for::<V>(), written.subschema_for::<V::Answer>())
}

/// Makes the schema of an event.
type One = fn(&mut SchemaGenerator) -> Schema;

/// Every event.
pub(crate) const EVENTS: &[(&str, One)] = &[
    ("hello", of::<event::Hello>),
    ("bad_frame", of::<event::BadFrame>),
    ("message", of::<event::Message>),
    ("edited", of::<event::Edited>),
    ("deleted", of::<event::Deleted>),
    ("reacted", of::<event::Reacted>),
    ("marks", of::<event::Marks>),
    ("typing", of::<event::Typing>),
    ("appeared", of::<event::Appeared>),
    ("group", of::<event::Group>),
    ("contact", of::<event::Contact>),
    ("contacts", of::<event::Contacts>),
    ("presence", of::<event::Presence>),
    ("conversation", of::<event::Setting>),
    ("bye", of::<event::Bye>),
];

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

fn whole() -> Value {
    let settings = SchemaSettings::draft2020_12;
    let mut read = settings().for_deserialize().into_generator();
    let mut written = settings().for_serialize().into_generator();
    let mut requests = Map::new();
    let mut answers = Map::new();
    for row in ROWS {
        let (request, answer) = (row.schema)(&mut read, &mut written);
        let head = json!({
            "properties": {"id": {"type": "integer", "minimum": 0}, "do": {"const": row.name}},
            "required": ["id", "do"],
        });
        requests.insert(row.name.to_owned(), json!({"allOf": [head, moved(&request, "read")]}));
        answers.insert(row.name.to_owned(), moved(&answer, "written"));
    }
    let mut events = Map::new();
    for (name, schema) in EVENTS {
        let head = json!({"properties": {"event": {"const": name}}, "required": ["event"]});
        let body = moved(&schema(&mut written), "written");
        events.insert((*name).to_owned(), json!({"allOf": [head, body]}));
    }
    let error = moved(&written.subschema_for::<Error>(), "written");
    let definitions = |generator: &mut SchemaGenerator, below| -> Value {
        generator
            .take_definitions(true)
            .into_iter()
            .map(|(name, schema)| (name, moved(&schema, below)))
            .collect()
    };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "koine: the native protocol",
        "description": "A client sends one of `requests`. It is answered with {id, ok}, where `ok` is the one of `answers` that has the \
                        request's name, or with {id, error}, where `error` is `error`. Unasked come `events`.",
        "anyOf": names("requests", &requests).chain(names("events", &events)).collect::<Vec<_>>(),
        "$defs": {
            "requests": requests,
            "answers": answers,
            "events": events,
            "error": error,
            "read": definitions(&mut read, "read"),
            "written": definitions(&mut written, "written"),
        },
    })
}

fn names(folder: &str, of: &Map<String, Value>) -> impl Iterator<Item = Value> {
    of.keys().map(move |name| json!({"$ref": format!("#/$defs/{folder}/{name}")}))
}

/// What is read and what is written may have one name: each kind has a folder of its own.
fn moved<T: serde::Serialize + ?Sized>(schema: &T, below: &str) -> Value {
    let text = serde_json::to_string(schema).expect("a schema is JSON");
    serde_json::from_str(&text.replace("\"#/$defs/", &format!("\"#/$defs/{below}/"))).expect("it still is")
}

/// The page, as it is in the tree.
fn page() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/native.schema.json")
}

#[test]
fn the_page_is_what_the_types_say() {
    let now = format!("{:#}\n", whole());
    if std::env::var("UPDATE_EXPECT").is_ok() {
        std::fs::write(page(), &now).expect("a file that can be written");
    }
    let written = std::fs::read_to_string(page()).unwrap_or_default();
    assert!(written == now, "docs/native.schema.json is not what the types say: UPDATE_EXPECT=1 rewrites it");
}

#[test]
fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let schema = whole();
    let mut found = Vec::new();
    references(&schema, &mut found);
    assert!(found.len() > ROWS.len());
    for reference in found {
        let place = reference.strip_prefix('#').expect("a reference within the page");
        assert!(schema.pointer(place).is_some(), "{reference}");
    }
}
