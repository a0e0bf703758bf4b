SELECT ST_AsBinary(geom) AS geom
FROM ground
WHERE community_id = %(community)s
  AND kind IN ('road_main', 'road_minor')
  AND ST_Dimension(geom) = 1
