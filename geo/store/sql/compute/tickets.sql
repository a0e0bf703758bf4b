-- The place is needed only where no building says which grid a ticket belongs to.
SELECT
    community_id,
    coalesce(building_id, 0) AS building_id,
    reported_at AS reported_us,
    coalesce(due_at, 'infinity') AS due_us,
    coalesce(closed_at, 'infinity') AS closed_us,
    array_position(%(states)s::text[], state)::int2 AS state,
    coalesce(array_position(%(classes)s::text[], class_code), 0)::int2 AS class,
    coalesce(h3_10, 0) AS h3_10,
    channel = 'patrol' AS patrol,
    repeat_of_id IS NOT NULL AS repeat,
    CASE WHEN building_id IS NULL THEN coalesce(ST_X(geom), 'NaN') ELSE 'NaN' END AS lon,
    CASE WHEN building_id IS NULL THEN coalesce(ST_Y(geom), 'NaN') ELSE 'NaN' END AS lat
FROM ticket
-- some:
WHERE community_id = ANY(%(communities)s)
-- :some
