-- Every building with the place its people are counted at.
SELECT id, community_id, ST_X(anchor) AS lon, ST_Y(anchor) AS lat
FROM building
WHERE %(everything)s OR community_id = ANY(%(communities)s)
ORDER BY id
