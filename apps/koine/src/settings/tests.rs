//! What the layers say together, with dialects that only these tests know.

use super::*;
use std::io::Write;

fn known() -> Vec<KnownDialect> {
    let dialect = |name: &str, port| KnownDialect { name: name.to_owned(), port: Some(port) };
    vec![dialect("latin", 7001), dialect("old-greek", 7002)]
}

pub(crate) fn load_text(text: &str, known: &[KnownDialect]) -> Result<Settings, Unsound> {
    load_all(text.as_bytes(), &[], Flags::default(), known)
}

pub(super) fn settings_of(environment: &[(&str, &str)], known: &[KnownDialect]) -> Settings {
    load_all(b"", environment, Flags::default(), known).unwrap()
}

fn load_all(
    file: &[u8],
    environment: &[(&str, &str)],
    flags: Flags,
    known: &[KnownDialect],
) -> Result<Settings, Unsound> {
    let mut kept = tempfile::NamedTempFile::new().unwrap();
    kept.write_all(file).unwrap();
    let flags = Flags { config: Some(kept.path().to_owned()), ..flags };
    let environment =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    load(&flags, &environment, known).map(|it| it.settings).map_err(|error| {
        Unsound::new(error.to_string().replace(&kept.path().display().to_string(), "koine.toml"))
    })
}

fn refused_file(text: &str) -> String {
    load_text(text, &known()).unwrap_err().to_string()
}

fn refused_variable(name: &str, value: &str) -> String {
    load_all(b"", &[(name, value)], Flags::default(), &known()).unwrap_err().to_string()
}

fn refused_flags(flags: Flags) -> String {
    load_all(b"", &[], flags, &known()).unwrap_err().to_string()
}

#[test]
fn the_effective_configuration_says_the_same_again() {
    let file = "bind = '127.0.0.1'\n[passwords]\nparallel = 3\n[dialects.latin]\nenabled = false\n[limits]\nqueue_bytes = 5000";
    let settings = load_text(file, &known()).unwrap();
    assert_eq!(load_text(&settings.to_toml().unwrap(), &known()).unwrap(), settings);
    assert_eq!(settings.dialects["latin"].listen, ["127.0.0.1:7001".parse().unwrap()]);
    assert_eq!(settings.http.listen, ["127.0.0.1:8080".parse().unwrap()]);
    assert!(!settings.dialects["latin"].enabled && settings.dialects["old-greek"].enabled);
}

#[test]
fn errors_of_the_file_name_line_column_and_key() {
    let check = |text, expected| assert_eq!(refused_file(text), expected);
    check(
        "\n[http]\nlisten = 'abc'",
        "koine.toml:3:10: http.listen: \"abc\" is not an address and port (such as \"127.0.0.1:8080\")",
    );
    check(
        "http.listen = ['127.0.0.1:1', 'abc']",
        "koine.toml:1:15: http.listen: \"abc\" is not an address and port (such as \"127.0.0.1:8080\")",
    );
    check(
        "http.listen = 8080",
        "koine.toml:1:15: http.listen: expected an address and port (such as \"127.0.0.1:8080\") or a list of them, \
         found integer `8080`",
    );
    check(
        "[http]\nlisen = 'abc'",
        "koine.toml:2:1: http.lisen: there is no key `lisen`; expected one of `listen`, `listen_tls`, `public_url`, `origins`, `proxies`",
    );
    check(
        "[limit]\ntext_bytes = 1",
        "koine.toml:1:2: limit: there is no key `limit`; expected one of `data`, `bind`, `http`, `tls`, `dialects`, `limits`, \
         `passwords`, `registration`, `friends`, `operators`, `smtp`, `log`, `metrics`",
    );
    check(
        "friends.auto_accept = 'yes'",
        "koine.toml:1:23: friends.auto_accept: expected a boolean, found string \"yes\"",
    );
    check(
        "# é\nlog = { level = 'inof' }",
        "koine.toml:2:17: log.level: \"inof\" is no log level: use off, error, warn, info, debug or trace, or directives such as \"info,koine_gateway=debug\"",
    );
    check(
        "metrics.listen = '9464'",
        "koine.toml:1:18: metrics.listen: \"9464\" is not an address and port (such as \"127.0.0.1:8080\")",
    );
    check(
        "[metrics]\nenabled = true",
        "koine.toml:2:1: metrics.enabled: there is no key `enabled`; expected `listen` or `listen_tls`",
    );
    check("log.format = 'xml'", "koine.toml:1:14: log.format: `xml` is not `text` or `json`");
    check("data = ''", "koine.toml:1:8: data: the path of a folder is missing (such as \"./data\")");
    check("data = 5", "koine.toml:1:8: data: expected a string, found integer `5`");
    check(
        "bind = 'localhost'",
        "koine.toml:1:8: bind: \"localhost\" is not an IP address (such as \"0.0.0.0\" or \"::1\")",
    );
    check("limits = 5", "koine.toml:1:10: limits: expected a section with keys, found integer `5`");
    check("limits.ping_seconds = 0", "koine.toml:1:23: limits.ping_seconds: 0 is not between 1 and 86400");
    check(
        "limits.requests_per_second = -1",
        "koine.toml:1:30: limits.requests_per_second: -1 is not between 0 and 1000000",
    );
    check(
        "limits.http_requests_per_second = -1",
        "koine.toml:1:35: limits.http_requests_per_second: -1 is not between 0 and 1000000",
    );
    check(
        "limits.http_request_burst = 0",
        "koine.toml:1:29: limits.http_request_burst: 0 is not between 1 and 1000000",
    );
    check(
        "limits.login_delay_seconds = 0",
        "koine.toml:1:30: limits.login_delay_seconds: 0 is not between 1 and 86400",
    );
    check("limits.json_depth = 7", "koine.toml:1:21: limits.json_depth: 7 is not between 8 and 127");
    check("limits.json_depth = 128", "koine.toml:1:21: limits.json_depth: 128 is not between 8 and 127");
    check(
        "limits.messagepack_depth = 200",
        "koine.toml:1:28: limits.messagepack_depth: 200 is not between 8 and 127",
    );
    check(
        "dialects.latin.frame_bytes = 7",
        "koine.toml:1:30: dialects.latin.frame_bytes: 7 is not between 1024 and 1073741824",
    );
    check(
        "http.proxies = ['nginx']",
        "koine.toml:1:16: http.proxies: \"nginx\" is not the address of a proxy (such as \"127.0.0.1\")",
    );
    check("passwords.waiting = 0", "koine.toml:1:21: passwords.waiting: 0 is not between 1 and 1000000");
    check(
        "passwords.waiting_per_address = -1",
        "koine.toml:1:33: passwords.waiting_per_address: -1 is not between 0 and 1000000",
    );
    check(
        "limits.account_requests_per_second = 1000001",
        "koine.toml:1:38: limits.account_requests_per_second: 1000001 is not between 0 and 1000000",
    );
    check(
        "limits.account_request_burst = 0",
        "koine.toml:1:32: limits.account_request_burst: 0 is not between 1 and 1000000",
    );
    check("passwords.parallel = 0", "koine.toml:1:22: passwords.parallel: 0 is not between 1 and 1024");
    check(
        "http.public_url = 'chat'",
        "koine.toml:1:19: http.public_url: \"chat\" is not the URL of a server (such as \"https://chat.example\")",
    );
    check(
        "[dialects.latin]\n[dialects.norse]\nenabled = false",
        "koine.toml:2:11: no dialect is called \"norse\" (known are: latin, old-greek)",
    );
    check(
        "[dialects.latin]\nport = 5",
        "koine.toml:2:1: dialects.latin.port: there is no key `port`; expected one of `enabled`, `listen`, `listen_tls`, `frame_bytes`",
    );
}

#[test]
fn text_that_is_no_toml_is_placed() {
    let check = |text, beginning| {
        let error = refused_file(text);
        assert!(error.starts_with(beginning) && !error.contains('\n'), "{error}");
    };
    check("data = 'a'\nbind = \n", "koine.toml:2:");
    check("data = 'a\nbind = 'b'\n", "koine.toml:1:");
    check("data = 'a'\ndata = 'b'\n", "koine.toml:2:1: data: duplicate key");
    check("[http]\n[log]\n[http]\n", "koine.toml:3:2: http: duplicate key");
    let error = load_all(b"# ok\ndata = '\xff'", &[], Flags::default(), &known()).unwrap_err().to_string();
    assert_eq!(error, "koine.toml:2:9: this is not UTF-8 text");
    assert!(load_text("\u{feff}data = 'a'\r\n", &known()).is_ok());
}

#[test]
fn variables_reach_every_kind_of_value() {
    let settings = settings_of(
        &[
            ("KOINE_DATA", "2024"),
            ("KOINE_HTTP__LISTEN", "[::1]:80, 127.0.0.1:80"),
            ("KOINE_DIALECTS__OLD_GREEK__ENABLED", "false"),
            ("KOINE_LIMITS__TEXT_BYTES", "1 KiB"),
            ("KOINE_LIMITS__AVATAR_BYTES", "77"),
            ("KOINE_LOG__LEVEL", "info,koine=debug"),
            ("KOINE_CONFIG", ""),
            ("KOINE_PORT", "tcp://10.0.0.1:8080"),
            ("KOINE_PORT_8080_TCP_ADDR", "10.0.0.1"),
            ("KOINE_WEB_SERVICE_PORT_HTTP", "8080"),
            ("HOME", "/root"),
        ],
        &known(),
    );
    assert_eq!(settings.data, PathBuf::from("2024"));
    assert_eq!(settings.http.listen, ["[::1]:80".parse().unwrap(), "127.0.0.1:80".parse().unwrap()]);
    assert!(!settings.dialects["old-greek"].enabled);
    assert_eq!((settings.limits.text_bytes.bytes(), settings.limits.avatar_bytes.bytes()), (1024, 77));
}

#[test]
fn errors_of_variables_name_them() {
    let check = |name: &str, value, reason: &str| {
        assert_eq!(refused_variable(name, value), format!("{name}: {reason}"));
    };
    check("KOINE_HTTP__LISTEN", "abc", "\"abc\" is not an address and port (such as \"127.0.0.1:8080\")");
    check(
        "KOINE_HTTP__LISEN",
        "abc",
        "there is no key `lisen`; expected one of `listen`, `listen_tls`, `public_url`, `origins`, `proxies`",
    );
    check("KOINE_LIMITS__CONNECTIONS", "many", "expected a whole number, found string \"many\"");
    check("KOINE_LIMITS__CONNECTIONS", "0", "0 is not between 1 and 10000000");
    check(
        "KOINE_DIALECTS__NORSE__LISTEN",
        "0.0.0.0:1",
        "no dialect is called \"norse\" (known are: latin, old-greek)",
    );
    assert!(
        refused_variable("KOINE_DATTA", "x")
            .starts_with("KOINE_DATTA: there is no key `datta`; expected one of `data`")
    );
    assert!(refused_variable("KOINE_", "x").starts_with("KOINE_: there is no key ``"));
    assert!(refused_variable("KOINE_DATA__X", "x").starts_with("KOINE_DATA__X: expected a string"));
}

#[test]
fn errors_of_flags_name_them() {
    let check = |flags, expected| assert_eq!(refused_flags(flags), expected);
    let strings = |it: &str| vec![it.to_owned()];
    check(
        Flags { http: strings("abc"), ..Flags::default() },
        "--http: \"abc\" is not an address and port (such as \"127.0.0.1:8080\")",
    );
    check(
        Flags { listen: strings("latin"), ..Flags::default() },
        "--listen: \"latin\" is not DIALECT=ADDRESS",
    );
    check(
        Flags { listen: strings("norse=0.0.0.0:1"), ..Flags::default() },
        "--listen: no dialect is called \"norse\" (known are: latin, old-greek)",
    );
    check(
        Flags { listen: strings("latin=7000"), ..Flags::default() },
        "--listen: \"7000\" is not an address and port (such as \"127.0.0.1:8080\")",
    );
    check(
        Flags { public_url: Some("x".to_owned()), ..Flags::default() },
        "--public-url: \"x\" is not the URL of a server (such as \"https://chat.example\")",
    );
    check(
        Flags { data: Some(String::new()), ..Flags::default() },
        "--data: the path of a folder is missing (such as \"./data\")",
    );
}

#[test]
fn variables_win_over_the_file_and_flags_over_both() {
    let file =
        b"data = 'file'\nlog.level = 'warn'\n[http]\nlisten = '127.0.0.1:1'\npublic_url = 'http://file'";
    let environment = [("KOINE_DATA", "variable"), ("KOINE_HTTP__LISTEN", "127.0.0.1:2")];
    let flags = Flags {
        http: vec!["127.0.0.1:3".to_owned(), "127.0.0.1:4".to_owned()],
        listen: vec!["latin=127.0.0.1:5".to_owned(), "latin=127.0.0.1:6,127.0.0.1:7".to_owned()],
        ..Flags::default()
    };
    let settings = load_all(file, &environment, flags, &known()).unwrap();
    assert_eq!(settings.data, PathBuf::from("variable"));
    assert_eq!(settings.http.listen, ["127.0.0.1:3".parse().unwrap(), "127.0.0.1:4".parse().unwrap()]);
    assert_eq!(settings.http.public_url.at_port(3), "http://file");
    assert_eq!(settings.dialects["latin"].listen.len(), 3);
    assert_eq!(settings.log.level.filter().to_string(), "warn");
}

#[test]
fn two_listeners_on_one_port_are_refused() {
    let check = |text, expected| assert_eq!(refused_file(text), expected);
    check(
        "http.listen = '0.0.0.0:7001'",
        "http.listen and dialects.latin.listen are both 0.0.0.0:7001; each needs a port of its own",
    );
    check(
        "http.listen = '127.0.0.1:7001'",
        "http.listen (127.0.0.1:7001) and dialects.latin.listen (0.0.0.0:7001) are the same port; each needs its own",
    );
    check(
        "http.listen = '0.0.0.0:9464'",
        "http.listen (0.0.0.0:9464) and metrics.listen (127.0.0.1:9464) are the same port; each needs its own",
    );
    check("http.listen = ['127.0.0.1:1', '127.0.0.1:1']", "http.listen names 127.0.0.1:1 twice");
    for sound in [
        "http.listen = '0.0.0.0:7001'\ndialects.latin.enabled = false",
        "http.listen = ['127.0.0.1:0', '127.0.0.1:0']",
        "http.listen = ['127.0.0.1:1', '127.0.0.2:1', '[::]:1']",
    ] {
        load_text(sound, &known()).unwrap();
    }
}

#[test]
fn tls_needs_a_certificate_and_its_key() {
    let check = |text, expected| assert_eq!(refused_file(text), expected);
    check(
        "tls.certificate = 'cert.pem'",
        "tls.certificate is set and tls.key is not: one is no good without the other",
    );
    check(
        "tls.key = 'key.pem'",
        "tls.key is set and tls.certificate is not: one is no good without the other",
    );
    check(
        "dialects.latin.listen_tls = '0.0.0.0:7003'",
        "dialects.latin.listen_tls is 0.0.0.0:7003, and there is no certificate: set tls.certificate and tls.key",
    );
    check("http.listen = []", "http.listen and http.listen_tls are both empty: one of them needs an address");
    check(
        "http.listen_tls = '0.0.0.0:7001'",
        "http.listen_tls and dialects.latin.listen are both 0.0.0.0:7001; each needs a port of its own",
    );
    check(
        "metrics.listen_tls = '0.0.0.0:9465'",
        "metrics.listen_tls is 0.0.0.0:9465, and there is no certificate: set tls.certificate and tls.key",
    );
    check(
        "metrics.listen_tls = '0.0.0.0:9464'",
        "metrics.listen (127.0.0.1:9464) and metrics.listen_tls (0.0.0.0:9464) are the same port; each needs its own",
    );
    check(
        "metrics.listen_tls = 9465",
        "koine.toml:1:22: metrics.listen_tls: expected an address and port (such as \"127.0.0.1:8080\") or a list of them, \
         found integer `9465`",
    );
    let sound = "tls.certificate = 'cert.pem'\ntls.key = 'key.pem'\n[metrics]\nlisten_tls = '0.0.0.0:9465'\n[dialects.latin]\nlisten = []\nlisten_tls = '0.0.0.0:7001'";
    let settings = load_text(sound, &known()).unwrap();
    assert_eq!(load_text(&settings.to_toml().unwrap(), &known()).unwrap(), settings);
    assert!(settings.dialects["latin"].listen.is_empty());
    assert_eq!(settings.tls.check(0).unwrap_err().to_string(), "tls: there is no file cert.pem",);
}

#[test]
fn text_must_fit_into_a_frame() {
    let error = refused_file("limits.text_bytes = '2 MiB'\nlimits.frame_bytes = '1 MiB'");
    assert!(
        error.starts_with("limits.text_bytes (2097152) is more than limits.frame_bytes (1048576)"),
        "{error}"
    );
    let error = refused_file("limits.text_bytes = '2 MiB'\ndialects.latin.frame_bytes = '1 MiB'");
    assert!(
        error.starts_with("limits.text_bytes (2097152) is more than dialects.latin.frame_bytes (1048576)"),
        "{error}"
    );
}

#[test]
fn a_dialect_has_its_own_frames_or_those_of_all() {
    let file = "limits.frame_bytes = '1 MiB'\ndialects.latin.frame_bytes = '128 KiB'";
    let settings = load_text(file, &known()).unwrap();
    let bytes = |name: &str| settings.dialects[name].frame_bytes.bytes();
    assert_eq!((bytes("latin"), bytes("old-greek")), (128 << 10, 1 << 20));
}
