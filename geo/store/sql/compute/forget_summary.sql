DELETE FROM building_summary
WHERE %(everything)s
   OR building_id IN (SELECT id FROM building WHERE community_id = ANY(%(communities)s))
