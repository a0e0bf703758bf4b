SELECT building_id
FROM unit
WHERE %(everything)s
   OR building_id IN (SELECT id FROM building WHERE community_id = ANY(%(communities)s))
