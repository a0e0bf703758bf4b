SELECT
    grid_role.staff_id AS staff,
    grid_role.grid_id,
    grid_role.from_date AS from_day,
    coalesce(grid_role.to_date, 'infinity') AS to_day
FROM grid_role
JOIN grid ON grid.id = grid_role.grid_id
WHERE grid_role.role IN ('grid_leader', 'grid_worker') AND grid.plan_id = ANY(%(plans)s)
