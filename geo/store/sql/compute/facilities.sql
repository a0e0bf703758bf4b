SELECT
    street_id,
    coalesce(community_id, 0) AS community_id,
    array_position(%(kinds)s::text[], kind)::int2 AS kind,
    ST_X(geom) AS lon,
    ST_Y(geom) AS lat
FROM facility
WHERE street_id = ANY(%(streets)s) AND NOT ST_IsEmpty(geom)
