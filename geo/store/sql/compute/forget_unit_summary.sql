DELETE FROM unit_summary
-- some:
WHERE building_id IN (SELECT id FROM building WHERE community_id = ANY(%(communities)s))
-- :some
