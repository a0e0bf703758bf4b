-- A plan published from a later day on is counted already, with the roles of its first day.
SELECT
    grid_role.staff_id AS staff,
    grid_role.grid_id,
    CASE
        WHEN plan.effective_from > cut_off.day AND grid_role.from_date <= plan.effective_from
            THEN least(grid_role.from_date, cut_off.day)
        ELSE grid_role.from_date
    END AS from_day,
    coalesce(grid_role.to_date, 'infinity') AS to_day
FROM grid_role
JOIN grid ON grid.id = grid_role.grid_id
JOIN plan ON plan.id = grid.plan_id
JOIN division ON division.id = plan.community_id
CROSS JOIN LATERAL (
    SELECT coalesce((division.as_of AT TIME ZONE 'Asia/Shanghai')::date, 'infinity') AS day
) AS cut_off
WHERE grid_role.role IN ('grid_leader', 'grid_worker') AND grid.plan_id = ANY(%(plans)s)
