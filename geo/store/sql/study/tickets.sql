-- Tickets of some communities reported in a range of instants, those with a place.
SELECT
    ticket.id,
    coalesce(ticket.building_id, 0) AS building_id,
    ticket.reported_at AS reported_us,
    coalesce(ticket.closed_at, 'infinity') AS closed_us,
    array_position(%(classes)s::text[], ticket.class_code)::int2 AS class,
    array_position(%(categories)s::text[], ticket.category_code)::int2 AS category,
    ticket.repeat_of_id IS NOT NULL AS repeat,
    ST_X(ticket.geom) AS lon,
    ST_Y(ticket.geom) AS lat
FROM ticket
WHERE ticket.community_id = ANY(%(communities)s)
  AND ticket.reported_at >= %(opens)s
  AND ticket.reported_at < %(closes)s
  AND ticket.geom IS NOT NULL
  AND NOT ST_IsEmpty(ticket.geom)
ORDER BY ticket.id
