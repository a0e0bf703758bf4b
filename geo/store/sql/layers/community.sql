-- Communities; shown at every zoom.
SELECT d.id, d.geom, ST_PointOnSurface(d.geom) AS anchor, d.id AS community_id, d.code, d.name
FROM division AS d
WHERE d.kind = 'community' AND d.geom IS NOT NULL
