-- What operators decide: who is kept out, and who is let in.

-- Whether an operator has disabled it: nobody can sign in to it then.
ALTER TABLE account ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;

-- Codes with which people may register. `hash` is SHA-256 over the code, which is nowhere. AUTOINCREMENT: the number of one that
-- was revoked is not given out again.
CREATE TABLE invite (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    hash    BLOB NOT NULL UNIQUE,
    uses    INTEGER NOT NULL,
    used    INTEGER NOT NULL,
    created INTEGER NOT NULL,
    until   INTEGER NOT NULL
) STRICT;
