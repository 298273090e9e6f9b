-- Searching. What is in here is made of the messages, and can be made again.

-- How far each conversation is indexed. It is indexed when somebody looks for something, never by what is said.
CREATE TABLE indexed (
    conversation INTEGER PRIMARY KEY,
    seq          INTEGER NOT NULL
) STRICT;

-- Messages whose words are others now than those that may be indexed.
CREATE TABLE reindex (
    place INTEGER PRIMARY KEY
) STRICT;

-- Each row is a message, `rowid` its place. The program takes the texts apart: a token is `CONVERSATION:word`, so that the
-- words of other conversations are not even walked over. `stem` holds the stems that differ from their words.
CREATE VIRTUAL TABLE words USING fts5(
    exact, stem, content='', contentless_delete=1, tokenize="ascii tokenchars ':'"
);
