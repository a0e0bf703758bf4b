-- Zones, compounds and courtyards that have a boundary.
SELECT
    d.id,
    d.geom,
    CASE WHEN :zoom <= 13 THEN d.geom_small ELSE d.geom END AS shape,
    ST_PointOnSurface(d.geom_small) AS anchor,
    d.parent_id AS community_id,
    d.name
FROM division AS d
WHERE d.kind = 'sub_district' AND d.geom IS NOT NULL
