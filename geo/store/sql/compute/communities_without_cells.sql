-- A building outside its community can have no cell and does not count.
SELECT DISTINCT building.community_id
FROM building
JOIN division ON division.id = building.community_id
WHERE building.cell IS NULL
  AND division.geom IS NOT NULL
  AND building.community_id = ANY(%(communities)s)
  AND ST_Intersects(building.anchor, division.geom)
ORDER BY building.community_id
