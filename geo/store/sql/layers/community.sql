-- Communities; shown at every zoom.
SELECT
    d.id,
    d.geom,
    CASE WHEN :zoom <= 13 THEN d.geom_small ELSE d.geom END AS shape,
    ST_PointOnSurface(d.geom_small) AS anchor,
    d.id AS community_id,
    d.code,
    d.name
FROM division AS d
WHERE d.kind = 'community' AND d.geom IS NOT NULL
