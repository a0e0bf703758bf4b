DELETE FROM unit_summary
-- some:
WHERE community_id = ANY(%(communities)s)
-- :some
