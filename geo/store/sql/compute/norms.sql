-- The latest row of each key, for everybody (community null) and for single communities.
SELECT DISTINCT ON (key, community_id) key, community_id, low, high
FROM norm
ORDER BY key, community_id, set_at DESC, id DESC
