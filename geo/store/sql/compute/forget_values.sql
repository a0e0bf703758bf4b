DELETE FROM indicator_value WHERE community_id = ANY(%(owners)s)
