SELECT
    id,
    building_id,
    coalesce(unit_id, 0) AS unit_id,
    array_position(%(states)s::text[], state)::int2 AS state
FROM household
-- some:
WHERE building_id IN (SELECT id FROM building WHERE community_id = ANY(%(communities)s))
-- :some
ORDER BY id
