-- Roads, greens, waters and compounds; small things only when near.
SELECT
    g.id, g.geom, g.geom AS shape, g.community_id, g.kind, g.name
FROM ground AS g
WHERE
    g.kind IN ('road_main', 'green', 'water')
    OR (g.kind = 'road_minor' AND :zoom >= 13)
    OR :zoom >= 14
