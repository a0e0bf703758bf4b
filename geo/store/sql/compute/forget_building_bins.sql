DELETE FROM building_bin -- some:
WHERE community_id = ANY(%(communities)s)
-- :some
