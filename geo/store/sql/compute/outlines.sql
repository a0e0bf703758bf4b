SELECT building.id, ST_AsBinary(building.geom) AS geom
FROM building
JOIN division ON division.id = building.community_id
WHERE building.community_id = %(community)s AND ST_Intersects(building.anchor, division.geom)
ORDER BY building.id
