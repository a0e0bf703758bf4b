UPDATE division
SET as_of = cut_off.at
FROM unnest(%(ids)s::bigint[], %(instants)s::timestamptz[]) AS cut_off (id, at)
WHERE division.id = cut_off.id AND division.as_of IS DISTINCT FROM cut_off.at
