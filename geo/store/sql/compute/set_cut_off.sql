-- The divisions are held until the transaction ends: figures of theirs are about to be written.
WITH held AS (
    SELECT id FROM division WHERE id = ANY(%(ids)s) ORDER BY id FOR KEY SHARE
)
UPDATE division
SET as_of = cut_off.at
FROM unnest(%(ids)s::bigint[], %(instants)s::timestamptz[]) AS cut_off (id, at)
JOIN held ON held.id = cut_off.id
WHERE division.id = cut_off.id AND division.as_of IS DISTINCT FROM cut_off.at
