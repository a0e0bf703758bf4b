SELECT id, ST_AsBinary(geom) AS geom
FROM division
WHERE id = ANY(%(communities)s) AND geom IS NOT NULL
ORDER BY id
