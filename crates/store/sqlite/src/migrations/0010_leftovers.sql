-- What an account has put on the disk counts as its until it is gone from there: pictures count, and so does what nothing names any
-- more and nobody has taken away yet. The sums are kept by triggers, whoever changes the rows.

-- A file that somebody's message, picture or refused request has let go of. Others may name the same one.
CREATE TABLE leftover (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    owner  INTEGER NOT NULL,
    hash   BLOB NOT NULL,
    size   INTEGER NOT NULL
) STRICT;

-- Who has given a group its picture.
ALTER TABLE conversation ADD COLUMN pictured INTEGER NOT NULL DEFAULT 0;
UPDATE conversation SET pictured = leader WHERE avatar_hash IS NOT NULL;

-- Whether a file is named still must be found without reading everything.
CREATE INDEX media_hash ON media (hash);
CREATE INDEX account_picture ON account (avatar_hash) WHERE avatar_hash IS NOT NULL;
CREATE INDEX conversation_picture ON conversation (avatar_hash) WHERE avatar_hash IS NOT NULL;

INSERT INTO media_use (account, bytes)
SELECT owner, sum(size) FROM (
    SELECT id AS owner, avatar_size AS size FROM account WHERE avatar_hash IS NOT NULL
    UNION ALL SELECT pictured, avatar_size FROM conversation WHERE avatar_hash IS NOT NULL)
WHERE true GROUP BY owner
ON CONFLICT (account) DO UPDATE SET bytes = bytes + excluded.bytes;

CREATE TRIGGER leftover_kept AFTER INSERT ON leftover BEGIN
    INSERT INTO media_use (account, bytes) VALUES (new.owner, new.size)
    ON CONFLICT (account) DO UPDATE SET bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER leftover_gone AFTER DELETE ON leftover BEGIN
    UPDATE media_use SET bytes = bytes - old.size WHERE account = old.owner;
END;

DROP TRIGGER media_gone;
CREATE TRIGGER media_gone AFTER DELETE ON media BEGIN
    UPDATE media_use SET bytes = bytes - old.size WHERE account = old.owner;
    INSERT INTO leftover (owner, hash, size) VALUES (old.owner, old.hash, old.size);
END;

CREATE TRIGGER portrait_kept AFTER INSERT ON account WHEN new.avatar_hash IS NOT NULL BEGIN
    INSERT INTO media_use (account, bytes) VALUES (new.id, new.avatar_size)
    ON CONFLICT (account) DO UPDATE SET bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER portrait_changed AFTER UPDATE OF avatar_hash ON account WHEN old.avatar_hash IS NOT new.avatar_hash BEGIN
    UPDATE media_use SET bytes = bytes - old.avatar_size WHERE account = old.id AND old.avatar_hash IS NOT NULL;
    INSERT INTO leftover (owner, hash, size)
    SELECT old.id, old.avatar_hash, old.avatar_size WHERE old.avatar_hash IS NOT NULL;
    INSERT INTO media_use (account, bytes) SELECT new.id, new.avatar_size WHERE new.avatar_hash IS NOT NULL
    ON CONFLICT (account) DO UPDATE SET bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER picture_kept AFTER INSERT ON conversation WHEN new.avatar_hash IS NOT NULL BEGIN
    INSERT INTO media_use (account, bytes) VALUES (new.pictured, new.avatar_size)
    ON CONFLICT (account) DO UPDATE SET bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER picture_changed AFTER UPDATE OF avatar_hash, pictured ON conversation
WHEN old.avatar_hash IS NOT new.avatar_hash OR old.pictured <> new.pictured BEGIN
    UPDATE media_use SET bytes = bytes - old.avatar_size WHERE account = old.pictured AND old.avatar_hash IS NOT NULL;
    INSERT INTO leftover (owner, hash, size)
    SELECT old.pictured, old.avatar_hash, old.avatar_size WHERE old.avatar_hash IS NOT NULL;
    INSERT INTO media_use (account, bytes) SELECT new.pictured, new.avatar_size WHERE new.avatar_hash IS NOT NULL
    ON CONFLICT (account) DO UPDATE SET bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER picture_gone AFTER DELETE ON conversation WHEN old.avatar_hash IS NOT NULL BEGIN
    UPDATE media_use SET bytes = bytes - old.avatar_size WHERE account = old.pictured;
    INSERT INTO leftover (owner, hash, size) VALUES (old.pictured, old.avatar_hash, old.avatar_size);
END;
