//! `koine export`: everything of one person, and nothing of anybody else's.

use crate::keeping::{blobs, file, two};
use crate::koine::koine;
use koine_dialect::toolbox::base64;
use koine_e2e::fetch::ask;
use koine_e2e::matrix::{Town, flavours};
use koine_testkit::Server;
use serde_json::{Value, json};
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

#[tokio::test]
async fn an_export_holds_what_somebody_may_see() {
    let (mut town, place) = (Town::found().await, tempfile::tempdir().expect("a folder"));
    let data = town.server().data();
    let (mut ann, mut bob) = two(&mut town).await;
    let own = ann.flavour;
    let eve = town.welcome(own, "eve".to_owned()).await;
    ann.tells(&bob.known, "hello bob").await.expect("a message that is taken");
    bob.tells(&ann.known, "hello ann").await.expect("a message that is taken");
    let room = ann.room_with(&bob.known).await.expect("a conversation");
    ann.client.send(&room, &file("letter.txt", b"dear bob")).await.expect("a file that is taken");
    bob.tells(&eve.known, "not for ann").await.expect("a message that is taken");

    let into = place.path().join("ann");
    let told = koine(&data, &["export", "ANN", &into.to_string_lossy()]).well().to_owned();
    assert_eq!(
        told,
        format!(
            "3 messages and acts, 1 files and 0 unfinished uploads of account 1000000001 are in {}\n",
            into.display()
        )
    );
    assert_eq!(fs::metadata(&into).expect("a folder").permissions().mode() & 0o777, 0o700);
    let account = read(&into, "account.json");
    assert_eq!((&account["id"], &account["handle"]), (&json!(1_000_000_001), &json!("ann")));
    assert!(account["created"].as_str().is_some_and(|at| at.ends_with('Z')), "{account}");
    assert_eq!((&account["deleted"], &account["disabled"]), (&json!(false), &json!(false)));
    let sessions = read(&into, "sessions.json");
    assert_eq!(sessions["sessions"][0]["device"], "native", "{sessions}");
    assert_eq!(read(&into, "contacts.json")["blocked"], json!([]));
    let conversations = read(&into, "conversations.json");
    assert_eq!(conversations["conversations"].as_array().map(Vec::len), Some(1), "{conversations}");
    assert_eq!(conversations["conversations"][0]["kind"], "direct");
    let bob_seen = json!({"id": 1_000_000_002, "handle": "bob", "nick": "bob", "deleted": false});
    assert_eq!(conversations["conversations"][0]["members"][1], bob_seen);
    let id = conversations["conversations"][0]["id"].as_u64().expect("a number");
    let lines = fs::read_to_string(into.join(format!("messages/{id}.jsonl"))).expect("messages");
    let lines: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert_eq!((lines[0]["own"].clone(), &lines[0]["parts"][0]["text"]), (json!(true), &json!("hello bob")));
    assert_eq!((lines[1]["own"].clone(), &lines[1]["sender"]), (json!(false), &bob_seen));
    let part = lines[2]["parts"].as_array().expect("parts").iter().find(|part| part["kind"] == "media");
    let part = part.expect("a file");
    assert_eq!((&part["name"], &part["size"]), (&json!("letter.txt"), &json!(8)));
    assert_eq!(fs::read(into.join(part["file"].as_str().expect("a place"))).expect("a file"), b"dear bob");
    assert_eq!(read(&into, "export.json")["entries"], 3);
    for entry in walk(&into) {
        let bytes = fs::read(&entry).expect("a file");
        let has = |words: &[u8]| bytes.windows(words.len()).any(|found| found == words);
        assert!(!has(b"not for ann") && !has(b"argon2") && !has(b"eve"), "{}", entry.display());
    }

    koine(&data, &["export", "ann", &into.to_string_lossy()])
        .failed(1, &["is not empty: name another folder"]);
    let other = place.path().join("other");
    koine(&data, &["export", "nobody", &other.to_string_lossy()])
        .failed(1, &["there is no account \"nobody\""]);
    assert!(!other.exists());
    fs::remove_file(blobs(&data).pop().expect("a media file")).expect("a file");
    let lossy = koine(&data, &["export", "1000000002", &other.to_string_lossy()]);
    lossy.failed_showing(1, &["1 files are missing from the data folder"]);
    assert_eq!(read(&other, "export.json")["files_missing"], 1);
    town.close().await;
}

#[tokio::test]
async fn an_export_holds_what_somebody_said_where_they_are_no_more() {
    let (mut town, place) = (Town::found().await, tempfile::tempdir().expect("a folder"));
    let data = town.server().data();
    let own = *flavours().iter().find(|flavour| flavour.name == "minioicq json").expect("a protocol");
    let mut ann = town.welcome(own, "ann".to_owned()).await;
    let bob = town.welcome(own, "bob".to_owned()).await;
    let group = ann.client.make_group("tea", std::slice::from_ref(&bob.known)).await.expect("a group");
    ann.client.say(&group.room, "farewell").await.expect("a message that is taken");
    koine(&data, &["account", "delete", "ann", "--yes"]).well();
    let into = place.path().join("ann");
    koine(&data, &["export", "1000000001", &into.to_string_lossy()]).well();
    assert_eq!(read(&into, "account.json")["deleted"], true);
    let conversations = read(&into, "conversations.json");
    assert_eq!(conversations["conversations"], json!([]));
    let left = &conversations["left"][0];
    assert_eq!((&left["kind"], &left["name"]), (&json!("group"), &json!(group.name)));
    let lines = fs::read_to_string(into.join(format!("messages/{}.jsonl", left["id"]))).expect("messages");
    let line: Value = serde_json::from_str(lines.trim()).expect("one object");
    assert_eq!((&line["visible"], &line["parts"][0]["text"]), (&json!(false), &json!("farewell")));
    town.close().await;
}

/// The least picture that is one.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\nIDATx\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82";

/// What has come of an upload so far, a picture that was replaced by another, and one that a group has.
#[tokio::test]
async fn an_export_holds_what_is_on_its_way_and_what_was_let_go_of() {
    let (mut stage, place) = (koine_e2e::stage().await, tempfile::tempdir().expect("a folder"));
    let (http, data) = (stage.server().address("http"), stage.server().data());
    let registers = |who: &str| {
        format!(
            r##"{who}: native
{who}< {{"event": "hello", "...": "*"}}
{who}> {{"id": 1, "do": "register", "handle": "{who}", "nick": "{who}", "password": "secret", "device": ""}}
{who}< {{"id": 1, "ok": {{"token": "${who}", "...": "*"}}}}
"##
        )
    };
    stage.must(&(registers("ann") + &registers("eve"))).await;
    let (ann, eve) = (stage.recall("ann").to_owned(), stage.recall("eve").to_owned());
    let (old_style, new_style) = (PNG.to_vec(), [PNG, b"!"].concat());
    let first = upload(http, &ann, old_style.len(), ("first.png", "image/png"), &old_style).await;
    let second = upload(http, &ann, new_style.len(), ("second.png", "image/png"), &new_style).await;
    for (id, key) in [(2, first), (3, second)] {
        let turn = format!(
            r##"ann> {{"id": {id}, "do": "avatar", "upload": "{key}"}}
ann< {{"id": {id}, "ok": "*"}}
"##
        );
        stage.must(&turn).await;
    }
    // A picture that was given to a group which ann is in no more is theirs still.
    let of_tea = [PNG, b"tea"].concat();
    let third = upload(http, &ann, of_tea.len(), ("third.png", "image/png"), &of_tea).await;
    let turn = format!(
        r##"ann> {{"id": 4, "do": "group.create", "name": "tea", "members": ["eve"]}}
ann< {{"id": 4, "ok": {{"conversation": {{"id": "#tea", "...": "*"}}}}}}
ann> {{"id": 5, "do": "group.picture", "conversation": "#tea", "upload": "{third}"}}
ann< {{"id": 5, "ok": "*"}}
ann> {{"id": 6, "do": "group.leave", "conversation": "#tea"}}
ann< {{"id": 6, "ok": "*"}}
"##
    );
    stage.must(&turn).await;
    upload(http, &ann, 20, ("thesis.TXT", "text/plain"), b"It was a dark").await;
    upload(http, &eve, 20, ("not ann's.txt", "text/plain"), b"secrets of eve").await;

    let into = place.path().join("ann");
    let told = koine(&data, &["export", "ann", &into.to_string_lossy()]).well().to_owned();
    assert!(told.starts_with("0 messages and acts, 3 files and 1 unfinished uploads of account"), "{told}");
    let bytes =
        |object: &Value| fs::read(into.join(object["file"].as_str().expect("a file"))).expect("a file");
    let uploads = read(&into, "uploads.json");
    let uploads = uploads["uploads"].as_array().expect("uploads").clone();
    let (unfinished, finished): (Vec<_>, Vec<_>) =
        uploads.iter().partition(|upload| upload["finished"] == json!(false));
    let [thesis] = unfinished.as_slice() else { panic!("{uploads:?}") };
    assert_eq!((&thesis["name"], &thesis["mime"]), (&json!("thesis.TXT"), &json!("text/plain")));
    assert_eq!((&thesis["size"], &thesis["received"]), (&json!(20), &json!(13)));
    assert!(
        thesis["file"].as_str().is_some_and(|file| file.starts_with("uploads/") && file.ends_with(".txt"))
    );
    assert!(thesis["changed"].as_str().is_some_and(|at| at.ends_with('Z')), "{thesis}");
    assert_eq!(bytes(thesis), b"It was a dark");
    // What they have become is known for some days.
    let mut known: Vec<_> = finished.iter().map(|upload| (upload["name"].clone(), bytes(upload))).collect();
    known.sort_by_key(|(name, _)| name.to_string());
    let expected = [
        (json!("first.png"), old_style.clone()),
        (json!("second.png"), new_style.clone()),
        (json!("third.png"), of_tea.clone()),
    ];
    assert_eq!(known, expected);
    let leftovers = read(&into, "leftovers.json");
    let [old] = leftovers["leftovers"].as_array().expect("leftovers").as_slice() else {
        panic!("{leftovers}")
    };
    assert_eq!((&old["size"], bytes(old)), (&json!(old_style.len()), old_style));
    assert_eq!(bytes(&json!({"file": read(&into, "account.json")["picture"]})), new_style);
    let conversations = read(&into, "conversations.json");
    let [given] = conversations["pictures"].as_array().expect("pictures").as_slice() else {
        panic!("{conversations}")
    };
    assert_eq!((&given["conversation"]["name"], bytes(given)), (&json!("tea"), of_tea));
    assert_eq!((&conversations["conversations"], &conversations["left"]), (&json!([]), &json!([])));
    assert_eq!(read(&into, "export.json")["uploads"], 1);
    for entry in walk(&into) {
        let bytes = fs::read(&entry).expect("a file");
        assert!(!bytes.windows(7).any(|found| found == b"secrets"), "{}", entry.display());
    }
    koine(&data, &["fsck"]).well();
    stage.clear().stop().await;
}

/// Begins an upload of so many bytes, and sends these.
async fn upload(
    http: SocketAddr,
    token: &str,
    size: usize,
    (name, mime): (&str, &str),
    bytes: &[u8],
) -> String {
    let signed = [("Authorization", format!("Bearer {token}")), ("Tus-Resumable", "1.0.0".to_owned())];
    let encoded = |text: &str| base64::encode(text.as_bytes());
    let about = format!("filename {},filetype {}", encoded(name), encoded(mime));
    let headers = [("Upload-Length", size.to_string()), ("Upload-Metadata", about)];
    let made = ask(http, "POST", "/api/uploads", &[&signed[..], &headers].concat(), &[]).await;
    assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
    let key = made.header("location").rsplit('/').next().expect("a name").to_owned();
    let kind = ("Content-Type", "application/offset+octet-stream".to_owned());
    let headers = [("Upload-Offset", "0".to_owned()), kind];
    let path = format!("/api/uploads/{key}");
    let sent = ask(http, "PATCH", &path, &[&signed[..], &headers].concat(), bytes).await;
    assert_eq!(sent.status, 204, "{}", String::from_utf8_lossy(&sent.body));
    key
}

fn read(folder: &Path, name: &str) -> Value {
    let text = fs::read_to_string(folder.join(name)).expect("a file");
    serde_json::from_str(&text).expect("an object")
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}
