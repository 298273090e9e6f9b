-- How much room the attachments of each account take. The sums are kept by whatever adds an attachment or takes one away, so
-- a message without attachments costs nothing for it.

ALTER TABLE media ADD COLUMN owner INTEGER NOT NULL DEFAULT 0;
UPDATE media SET owner = coalesce((SELECT sender FROM message WHERE message.place = media.place), 0);

CREATE TABLE media_use (
    account INTEGER NOT NULL PRIMARY KEY,
    bytes   INTEGER NOT NULL
) STRICT;
INSERT INTO media_use (account, bytes) SELECT owner, sum(size) FROM media GROUP BY owner;

CREATE TRIGGER media_kept AFTER INSERT ON media BEGIN
    INSERT INTO media_use (account, bytes) VALUES (new.owner, new.size)
    ON CONFLICT (account) DO UPDATE SET bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER media_gone AFTER DELETE ON media BEGIN
    UPDATE media_use SET bytes = bytes - old.size WHERE account = old.owner;
END;
