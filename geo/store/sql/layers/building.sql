-- Buildings with their counts, and the grid they belong to under the plan shown.
SELECT
    b.id,
    b.geom,
    b.geom AS shape,
    b.anchor,
    b.community_id,
    b.compound,
    b.number AS no,
    b.use,
    b.storeys,
    s.households AS hh,
    s.dominant_state AS dom,
    s.state_resident AS s_resident,
    s.state_rented AS s_rented,
    s.state_vacant AS s_vacant,
    s.state_shop AS s_shop,
    s.age60 AS p60,
    a.grid_id AS grid
FROM building AS b
LEFT JOIN building_summary AS s ON s.building_id = b.id
LEFT JOIN plan AS p
    ON
        p.community_id = b.community_id
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
