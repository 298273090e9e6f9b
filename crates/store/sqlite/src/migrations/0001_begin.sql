-- The first schema.
--
-- Texts that are compared without regard to letter case have a second column `…_key`, lower-cased by the program:
-- SQLite's own NOCASE knows ASCII alone.

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta (name, value) VALUES ('checks', 0);

-- Rows never vanish, so that max(id) + 1 was never given out.
CREATE TABLE account (
    id               INTEGER PRIMARY KEY,
    handle           TEXT NOT NULL,
    handle_key       TEXT NOT NULL,
    nick             TEXT NOT NULL,
    nick_key         TEXT NOT NULL,
    email            TEXT NOT NULL,
    email_key        TEXT NOT NULL,
    phone            TEXT NOT NULL,
    status           TEXT NOT NULL,
    avatar_hash      BLOB,
    avatar_size      INTEGER,
    created          INTEGER NOT NULL,
    deleted          INTEGER NOT NULL,
    answers_requests INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX account_email ON account (email_key) WHERE email_key <> '';
CREATE INDEX account_nick ON account (nick_key) WHERE deleted = 0;
CREATE INDEX account_phone ON account (phone) WHERE phone <> '';

-- Every handle that anyone ever had: it stays theirs, so that nobody can pass for who had it before.
CREATE TABLE handle (
    handle_key TEXT NOT NULL PRIMARY KEY,
    account    INTEGER NOT NULL REFERENCES account (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE verifier (
    account INTEGER NOT NULL REFERENCES account (id),
    form    INTEGER NOT NULL,
    hash    TEXT NOT NULL,
    PRIMARY KEY (account, form)
) STRICT, WITHOUT ROWID;

-- `number` is the order in which rows came, here and below.
CREATE TABLE contact (
    number INTEGER PRIMARY KEY,
    owner  INTEGER NOT NULL REFERENCES account (id),
    peer   INTEGER NOT NULL REFERENCES account (id),
    at     INTEGER NOT NULL,
    UNIQUE (owner, peer)
) STRICT;
CREATE INDEX contact_peer ON contact (peer);

CREATE TABLE contact_request (
    number INTEGER PRIMARY KEY,
    asker  INTEGER NOT NULL REFERENCES account (id),
    peer   INTEGER NOT NULL REFERENCES account (id),
    at     INTEGER NOT NULL,
    UNIQUE (peer, asker)
) STRICT;
CREATE INDEX contact_request_asker ON contact_request (asker);

-- AUTOINCREMENT: the number of a dissolved group is not given out again.
CREATE TABLE conversation (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        INTEGER NOT NULL,
    name        TEXT NOT NULL,
    avatar_hash BLOB,
    avatar_size INTEGER,
    leader      INTEGER NOT NULL REFERENCES account (id),
    created     INTEGER NOT NULL
) STRICT;

CREATE TABLE direct (
    low          INTEGER NOT NULL,
    high         INTEGER NOT NULL,
    conversation INTEGER NOT NULL UNIQUE REFERENCES conversation (id),
    PRIMARY KEY (low, high)
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
    number       INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation (id),
    account      INTEGER NOT NULL REFERENCES account (id),
    since        INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    UNIQUE (account, conversation)
) STRICT;
CREATE INDEX member_conversation ON member (conversation);

CREATE TABLE invitation (
    number       INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation (id),
    account      INTEGER NOT NULL REFERENCES account (id),
    at           INTEGER NOT NULL,
    UNIQUE (account, conversation)
) STRICT;
CREATE INDEX invitation_conversation ON invitation (conversation);

-- The one table that is written for every message. `place` is conversation << 32 | seq, so that the table itself is
-- the only index. No foreign keys: the writer has checked, and knows what it removes. `key` is here for one purpose,
-- to find the row of `message_key` when a group goes.
CREATE TABLE message (
    place  INTEGER PRIMARY KEY,
    sender INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    body   BLOB NOT NULL,
    key    TEXT
) STRICT;

CREATE TABLE message_key (
    sender INTEGER NOT NULL,
    key    TEXT NOT NULL,
    place  INTEGER NOT NULL,
    PRIMARY KEY (sender, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE media (
    id    BLOB NOT NULL PRIMARY KEY,
    hash  BLOB NOT NULL,
    size  INTEGER NOT NULL,
    mime  TEXT NOT NULL,
    name  TEXT NOT NULL,
    place INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX media_place ON media (place);

CREATE TABLE watermark (
    account      INTEGER NOT NULL,
    device       TEXT NOT NULL,
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    PRIMARY KEY (account, device, conversation)
) STRICT, WITHOUT ROWID;
