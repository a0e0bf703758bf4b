SELECT grid.id, grid.plan_id, plan.community_id
FROM grid
JOIN plan ON plan.id = grid.plan_id
WHERE grid.plan_id = ANY(%(plans)s)
ORDER BY grid.id
