-- Zones, compounds and courtyards that have a boundary.
SELECT
    d.id, d.geom, ST_PointOnSurface(d.geom) AS anchor, d.parent_id AS community_id, d.name
FROM division AS d
WHERE d.kind = 'sub_district' AND d.geom IS NOT NULL
