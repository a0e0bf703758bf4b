SELECT plan_id, building_id, grid_id
FROM plan_assignment
WHERE plan_id = ANY(%(plans)s)
