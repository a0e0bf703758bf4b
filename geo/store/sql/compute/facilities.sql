SELECT street_id, kind = ANY(%(kinds)s) AS elderly, ST_X(geom) AS lon, ST_Y(geom) AS lat
FROM facility
WHERE street_id = ANY(%(streets)s)
