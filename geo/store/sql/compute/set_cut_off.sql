UPDATE division
SET as_of = cut_off.at
FROM unnest(%(streets)s::bigint[], %(instants)s::timestamptz[]) AS cut_off (street_id, at)
WHERE (division.id = cut_off.street_id
       OR (division.kind = 'community' AND division.parent_id = cut_off.street_id))
  AND division.as_of IS DISTINCT FROM cut_off.at
