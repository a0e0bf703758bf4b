SELECT id, ST_AsBinary(geom) AS geom
FROM grid
WHERE plan_id = ANY(%(plans)s) AND geom IS NOT NULL
ORDER BY id
