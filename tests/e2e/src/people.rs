//! People who come and go, as transcripts.

/// Everybody's password.
pub const PASSWORD: &str = "secret";

/// `who` registers through MiniOICQ under its own name, and signs in. Its id is remembered under its name.
pub fn registers_by_minioicq(who: &str, encoding: &str) -> String {
    format!(
        r##"{who}: minioicq {encoding}
{who}> {{"action": "auth.register", "user_name": "{who}", "password": "{PASSWORD}"}}
{who}< {{"action": "auth.register.success", "user_id": "{mark}{who}", "...": "*"}}
{who}> {{"action": "auth.login", "user_id": "${who}", "password": "{PASSWORD}"}}
{who}< {{"action": "auth.login.success", "user_id": "{mark}{who}", "...": "*"}}
"##,
        mark = if encoding == "json" { "#" } else { "$" },
    )
}

/// `who` connects by MiniOICQ again.
pub fn returns_by_minioicq(who: &str, encoding: &str) -> String {
    format!("{who}: minioicq {encoding}\n{}", signs_in_by_minioicq(who, encoding))
}

/// `who`, which is connected, signs in.
pub fn signs_in_by_minioicq(who: &str, encoding: &str) -> String {
    let mark = if encoding == "json" { "#" } else { "$" };
    format!(
        r##"{who}> {{"action": "auth.login", "user_id": "${who}", "password": "{PASSWORD}"}}
{who}< {{"action": "auth.login.success", "user_id": "{mark}{who}", "...": "*"}}
"##
    )
}

/// `who` registers through Technotrack under its own name.
pub fn registers_by_technotrack(who: &str) -> String {
    format!(
        r#"{who}: technotrack
{who}< {{"action": "welcome", "...": "*"}}
{who}> {{"action": "register", "data": {{"login": "{who}", "pass": "{PASSWORD}", "nick": "{who}"}}}}
{who}< {{"action": "register", "data": {{"status": 0, "error": "OK"}}}}
{who}< {{"action": "auth", "data": {{"status": 0, "uid": "{who}", "...": "*"}}}}
"#
    )
}

/// `who` connects by Technotrack again.
pub fn returns_by_technotrack(who: &str) -> String {
    format!("{who}: technotrack\n{}", signs_in_by_technotrack(who))
}

/// `who`, which is connected and was not greeted yet, signs in.
pub fn signs_in_by_technotrack(who: &str) -> String {
    format!(
        r#"{who}< {{"action": "welcome", "...": "*"}}
{who}> {{"action": "auth", "data": {{"login": "{who}", "pass": "{PASSWORD}"}}}}
{who}< {{"action": "auth", "data": {{"status": 0, "uid": "{who}", "...": "*"}}}}
"#
    )
}
