-- What is done to messages: edits, deletions, reactions.

-- Bits: 1 for an act, which is no message; 2 for an edited message; 4 for one with reactions. Almost all have none, so
-- that reading a page asks no other table about them.
ALTER TABLE message ADD COLUMN flags INTEGER NOT NULL DEFAULT 0;

-- All wordings of an edited message: the first under act 0, each other under the `seq` of the act that brought it.
CREATE TABLE version (
    place INTEGER NOT NULL,
    act   INTEGER NOT NULL,
    at    INTEGER NOT NULL,
    text  TEXT NOT NULL,
    PRIMARY KEY (place, act)
) STRICT, WITHOUT ROWID;

-- `act` is the `seq` of the act that put the emoji there, and so the order.
CREATE TABLE reaction (
    place   INTEGER NOT NULL,
    act     INTEGER NOT NULL,
    account INTEGER NOT NULL,
    emoji   TEXT NOT NULL,
    PRIMARY KEY (place, act)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX reaction_account ON reaction (place, account, emoji);

-- SHA-256 over what an entry with a key said at first, where it says something else now: by it a repetition is known.
CREATE TABLE original (
    place INTEGER PRIMARY KEY,
    hash  BLOB NOT NULL
) STRICT;

-- Whether the member is told in words of what is done to messages, where a dialect knows nothing of that.
ALTER TABLE member ADD COLUMN words INTEGER NOT NULL DEFAULT 1;
