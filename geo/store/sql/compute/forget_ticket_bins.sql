DELETE FROM ticket_bin WHERE %(everything)s OR community_id = ANY(%(communities)s)
