-- Whoever keeps numbers of conversations and places must find out that they are of another life of the data: what was said after a
-- backup is gone once that is brought back, and its numbers are given out again. 63 random bits, and not zero.
INSERT INTO meta (name, value) VALUES ('epoch', max(random() & 9223372036854775807, 1));
