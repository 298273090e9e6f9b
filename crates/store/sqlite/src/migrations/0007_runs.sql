-- Acts that follow each other without a message between them, by their first and last place. A page of messages steps over a run
-- at once, however long it is. Only an act writes here: what is said costs what it did before.
CREATE TABLE act_run (
    first INTEGER PRIMARY KEY,
    last  INTEGER NOT NULL
) STRICT;

INSERT INTO act_run (first, last)
SELECT min(place), max(place)
FROM (SELECT place, place - row_number() OVER (ORDER BY place) AS run FROM message WHERE flags & 1)
GROUP BY run;
