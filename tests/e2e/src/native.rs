//! What clients of native say.

use serde_json::{Value, json};

/// A request with its number and its name before its fields, as they write it.
pub fn request(id: u64, verb: &str, fields: Value) -> Value {
    let mut request = json!({"id": id, "do": verb});
    if let (Value::Object(request), Value::Object(fields)) = (&mut request, fields) {
        request.extend(fields);
    }
    request
}
