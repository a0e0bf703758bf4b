-- Buildings with their counts, and the grid they belong to under the plan shown. Nothing and none
-- are left out of the tile: a property that is absent is empty or 0.
SELECT
    b.id,
    b.geom,
    b.geom AS shape,
    b.anchor,
    b.community_id,
    nullif(b.compound, '') AS compound,
    nullif(b.number, '') AS no,
    b.use,
    b.storeys,
    nullif(s.households, 0) AS hh,
    s.dominant_state AS dom,
    nullif(s.age60, 0) AS p60,
    a.grid_id AS grid
FROM building AS b
LEFT JOIN building_summary AS s ON s.building_id = b.id
LEFT JOIN plan AS p
    ON
        p.community_id = b.community_id
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
LEFT JOIN plan_assignment AS a ON a.plan_id = p.id AND a.building_id = b.id
