DELETE FROM ticket_bin -- some:
WHERE community_id = ANY(%(communities)s)
-- :some
