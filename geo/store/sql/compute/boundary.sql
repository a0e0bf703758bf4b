SELECT ST_AsBinary(ST_MakeValid(geom)) AS geom
FROM division
WHERE id = %(community)s
