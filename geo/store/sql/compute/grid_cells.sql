-- The cells of grids that have no shape yet, and of drawn grids whose community was cut anew.
SELECT grid.id AS grid_id, ST_AsBinary(building.cell) AS geom
FROM grid
JOIN plan ON plan.id = grid.plan_id
JOIN plan_assignment ON plan_assignment.grid_id = grid.id
JOIN building ON building.id = plan_assignment.building_id
WHERE building.cell IS NOT NULL
  AND plan.community_id = ANY(%(communities)s)
  AND (grid.geom IS NULL
       OR (plan.source <> 'imported' AND plan.community_id = ANY(%(recut)s)))
ORDER BY grid.id, building.id
