-- Sessions, blocks, and how far people have read.

-- A token has a number now, by which its owner can end it. AUTOINCREMENT: none is given out again. What is not known of older
-- tokens is told by their end, which was five days after their last use.
ALTER TABLE token RENAME TO token_before;
CREATE TABLE token (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    hash    BLOB NOT NULL UNIQUE,
    account INTEGER NOT NULL REFERENCES account (id),
    device  TEXT NOT NULL,
    label   TEXT NOT NULL,
    created INTEGER NOT NULL,
    used    INTEGER NOT NULL,
    until   INTEGER NOT NULL
) STRICT;
INSERT INTO token (hash, account, device, label, created, used, until)
    SELECT hash, account, device, '', until - 432000000, until - 432000000, until FROM token_before ORDER BY until;
DROP TABLE token_before;
CREATE INDEX token_account ON token (account);

CREATE TABLE block (
    number INTEGER PRIMARY KEY,
    owner  INTEGER NOT NULL REFERENCES account (id),
    peer   INTEGER NOT NULL REFERENCES account (id),
    at     INTEGER NOT NULL,
    UNIQUE (owner, peer)
) STRICT;
CREATE INDEX block_peer ON block (peer);

CREATE TABLE read_mark (
    account      INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    PRIMARY KEY (account, conversation)
) STRICT, WITHOUT ROWID;
