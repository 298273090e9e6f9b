-- Tokens, and conversations that somebody has cleared.

-- `hash` is SHA-256 over the token, which is nowhere.
CREATE TABLE token (
    hash    BLOB NOT NULL PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id),
    device  TEXT NOT NULL,
    until   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX token_account ON token (account);

-- Not on its member's list until something is said after `since`: so no message has to change this.
ALTER TABLE member ADD COLUMN cleared INTEGER NOT NULL DEFAULT 0;
