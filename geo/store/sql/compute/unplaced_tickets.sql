SELECT id, ST_X(geom) AS lon, ST_Y(geom) AS lat
FROM ticket
WHERE h3_10 IS NULL
  AND geom IS NOT NULL
  AND NOT ST_IsEmpty(geom)
-- some:
  AND community_id = ANY(%(communities)s)
-- :some
