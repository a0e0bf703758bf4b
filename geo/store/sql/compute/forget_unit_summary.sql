DELETE FROM unit_summary
WHERE %(everything)s OR community_id = ANY(%(communities)s)
