//! An address that asks by HTTP again and again: it is told to wait, and nobody else is.

use super::limits::{people, shake_hands};
use koine_e2e::fetch::{Fetched, ask, fetch};
use koine_testkit::Server;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn from(client: &str, http: SocketAddr, path: &str) -> Fetched {
    ask(http, "GET", path, &[("X-Forwarded-For", client.to_owned())], &[]).await
}

#[tokio::test]
async fn an_address_asks_so_often_by_http_and_others_do_not_notice() {
    let limits = [
        ("KOINE_HTTP__PROXIES", "[\"127.0.0.1\"]"),
        ("KOINE_LIMITS__HTTP_REQUESTS_PER_SECOND", "1"),
        ("KOINE_LIMITS__HTTP_REQUEST_BURST", "30"),
        ("KOINE_METRICS__LISTEN", "127.0.0.1:0"),
    ];
    let mut stage = people(&limits).await;
    let (http, metrics) = (stage.server().address("http"), stage.server().address("metrics"));
    let begun = Instant::now();
    let paths = ["/index.html", "/", "/media/1", "/avatar/1000000001", "/recover/x", "/ws/nobody"];
    for path in paths.iter().cycle().take(30) {
        assert_ne!(from("198.51.100.1", http, path).await.status, 429, "{path}");
    }
    let mut held_up = 0_u32;
    for path in paths {
        let refused = from("198.51.100.1", http, path).await;
        if begun.elapsed() < Duration::from_secs(1) {
            assert_eq!(refused.status, 429, "{path}");
        }
        if refused.status == 429 {
            held_up += 1;
            assert_eq!(refused.header("retry-after"), "1", "{path}");
            assert!(String::from_utf8_lossy(&refused.body).contains("try again in 1 seconds"), "{path}");
        }
    }
    assert!(held_up > 0, "it took {:?}", begun.elapsed());
    // What becomes a WebSocket is not counted, and what does not is.
    for _ in 0..10 {
        let (_, head) = shake_hands(http, "/ws/native", "X-Forwarded-For: 198.51.100.1\r\n").await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    }
    let mut refused = 0_u32;
    for _ in 0..10 {
        let page = "X-Forwarded-For: 198.51.100.1\r\nOrigin: http://evil.example\r\n";
        let (_, head) = shake_hands(http, "/ws/native", page).await;
        refused += u32::from(head.starts_with("HTTP/1.1 429 "));
        refused += u32::from(from("198.51.100.1", http, "/ws/native").await.status == 429);
    }
    assert!(refused > 10, "{refused}");
    assert_eq!(from("198.51.100.2", http, "/avatar/1000000001").await.status, 200);
    // Nor are those kept out who watch over the server.
    for path in ["/healthz", "/readyz"].iter().cycle().take(20) {
        assert_eq!(from("198.51.100.1", http, path).await.status, 200, "{path}");
    }
    let page = fetch(metrics, "/metrics").await;
    let series = format!("koine_limits_total{{limit=\"http_requests_per_second\"}} {}\n", held_up + refused);
    assert!(String::from_utf8_lossy(&page.body).contains(&series), "not {series}");
    // Whoever waits as long as it was told is answered.
    sleep(Duration::from_millis(1100)).await;
    assert_eq!(from("198.51.100.1", http, "/avatar/1000000001").await.status, 200);
    stage.clear().stop().await;
}

/// The web client with thirty faces, and everything that it is made of, many times over.
#[tokio::test]
async fn by_default_a_page_with_many_pictures_is_loaded_at_once() {
    let limits =
        [("KOINE_LIMITS__HTTP_REQUESTS_PER_SECOND", "50"), ("KOINE_LIMITS__HTTP_REQUEST_BURST", "400")];
    let mut stage = people(&limits).await;
    let http = stage.server().address("http");
    for _ in 0..10 {
        for path in ["/"; 8].into_iter().chain(["/avatar/1000000001"; 30]) {
            assert_eq!(fetch(http, path).await.status, 200, "{path}");
        }
    }
    stage.clear().stop().await;
}
