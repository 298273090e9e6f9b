-- Searching where the clock was set back.

-- The latest moment of all that is indexed of a conversation.
ALTER TABLE indexed ADD COLUMN latest INTEGER NOT NULL DEFAULT 0;

-- Indexed entries that bear an earlier moment than something before them, and the latest moment before them. Hits are told by
-- that one: so the later of two entries of a conversation is never the earlier one too, and pages of hits lose none.
CREATE TABLE belated (
    place  INTEGER PRIMARY KEY,
    moment INTEGER NOT NULL
) STRICT;

UPDATE indexed SET latest = (
    SELECT coalesce(max(at), 0) FROM message
    WHERE place BETWEEN indexed.conversation << 32 AND (indexed.conversation << 32) | indexed.seq
);
INSERT INTO belated (place, moment)
SELECT place, latest FROM (
    SELECT message.place, message.at,
        max(message.at) OVER (PARTITION BY indexed.conversation ORDER BY message.place) AS latest
    FROM indexed JOIN message
        ON message.place BETWEEN indexed.conversation << 32 AND (indexed.conversation << 32) | indexed.seq
)
WHERE at < latest;
