-- Grids of the published plans; with a plan asked for, of that one in its community. Drafts are
-- for those who may draw.
SELECT
    g.id,
    g.geom,
    CASE WHEN :zoom <= 13 THEN g.geom_small ELSE g.geom END AS shape,
    COALESCE(g.label_point, ST_PointOnSurface(g.geom)) AS anchor,
    p.community_id,
    g.code,
    g.name,
    p.community_id AS community
FROM grid AS g
INNER JOIN plan AS p ON p.id = g.plan_id
WHERE
    g.geom IS NOT NULL
    AND (p.state <> 'draft' OR :drafts)
    AND (
        p.id = :plan
        OR (
            p.state = 'published'
            AND p.community_id IS DISTINCT FROM (
                SELECT q.community_id FROM plan AS q WHERE q.id = :plan
            )
        )
    )
