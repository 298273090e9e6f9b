//! Beginning to listen: the snapshot, and what stands in its way.

use super::*;

fn snapshot_parts() -> [Reply; 4] {
    let contacts = Contacts {
        people: vec![contact::Contact { person: bob(), mutual: true, online: true }],
        ..Contacts::default()
    };
    let invitation = Invitation { conversation: conversation(Kind::Group), by: (*face(&bob())).clone() };
    [
        account::Reply::Person(Box::new(ann())).into(),
        conversation::Reply::Shelves(vec![shelf()]).into(),
        contact::Reply::Contacts(Box::new(contacts)).into(),
        conversation::Reply::Invitations(vec![invitation]).into(),
    ]
}

#[test]
fn listening_is_answered_with_a_snapshot() {
    let mut bench = Bench::signed_in();
    let command = bench.command("listen", json!({"have": {"7": 2, "0": 5}, "epoch": "000000000000000a"}));
    let Command::Account(account::Command::Listen { have: Some(have), epoch: Some(told), newest: None }) =
        command
    else {
        panic!("{command:?}")
    };
    assert_eq!(told, Epoch::new(10));
    assert_eq!(have, [(ConversationId::new(7).unwrap(), Seq::new(2))]);
    let afresh = vec![ConversationId::new(9).unwrap()];
    bench.gets(Ok(account::Reply::Listening { afresh, newest: None, epoch: Epoch::new(11) }.into()));
    let mut last = Vec::new();
    for part in snapshot_parts() {
        last = bench.gets(Ok(part));
    }
    let snapshot = said(last)["ok"].take();
    assert_eq!((&snapshot["afresh"], &snapshot["epoch"]), (&json!([9]), &json!("000000000000000b")));
    assert_eq!(snapshot["me"]["email"], "ann@h");
    let shown = &snapshot["conversations"][0];
    assert_eq!((&shown["other"]["handle"], &shown["unread"]), (&json!("bob"), &json!(1)));
    assert_eq!((&shown["kind"], &shown["last"]["seq"]), (&json!("direct"), &json!(3)));
    assert_eq!(shown["reached"], "read");
    assert_eq!(snapshot["contacts"][0]["online"], true);
    let group = json!({"id": 7, "kind": "group", "name": "tea", "avatar": null, "leader": 1_000_000_001});
    assert_eq!(snapshot["invitations"][0]["conversation"], group);
    for empty in ["requests", "asked", "blocked"] {
        assert_eq!(snapshot[empty], json!([]));
    }
    assert_eq!(error(&bench.answer("listen", json!({}))).0, "already");
}

#[test]
fn whoever_begins_with_some_conversations_is_told_whether_there_are_others() {
    for only in [Some(vec![ConversationId::new(7).unwrap()]), None] {
        let mut bench = Bench::signed_in();
        let command = bench.command("listen", json!({"newest": 1}));
        assert!(matches!(command, Command::Account(account::Command::Listen { newest: Some(1), .. })));
        let (newest, epoch) = (only.clone(), Epoch::new(1));
        bench.gets(Ok(account::Reply::Listening { afresh: Vec::new(), newest, epoch }.into()));
        let [me, rest @ ..] = snapshot_parts();
        let mut did = bench.gets(Ok(me));
        let asked = format!("{did:?}");
        assert!(asked.contains(&format!("Shelves {{ only: {only:?} }}")), "{asked}");
        for part in rest {
            did = bench.gets(Ok(part));
        }
        assert_eq!(said(did)["ok"]["others"], only.is_some());
    }
}

#[test]
fn who_listens_without_knowing_is_cut_off() {
    for at in 0..snapshot_parts().len() {
        let mut bench = Bench::signed_in();
        bench.command("listen", json!({}));
        bench.gets(Ok(
            account::Reply::Listening { afresh: Vec::new(), newest: None, epoch: Epoch::new(1) }.into()
        ));
        for part in snapshot_parts().into_iter().take(at) {
            bench.gets(Ok(part));
        }
        let did = bench.gets(Err(Refusal::Failed(Incident(1))));
        let [Did::Said(frame), Did::Closed] = did.as_slice() else { panic!("{did:?}") };
        assert_eq!(error(frame).0, "failed");
    }
    let mut bench = Bench::signed_in();
    bench.command("listen", json!({}));
    // Refused before it began, it may be asked for again.
    assert_eq!(error(&said(bench.gets(Err(Refusal::Busy)))).0, "busy");
}
