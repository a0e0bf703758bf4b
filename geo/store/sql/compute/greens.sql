SELECT community_id, ST_AsBinary(geom) AS geom
FROM ground
WHERE kind = 'green' AND ST_Dimension(geom) = 2
-- some:
  AND community_id = ANY(%(communities)s)
-- :some
ORDER BY id
