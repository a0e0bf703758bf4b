-- The latest row of each key, for everybody (community null) and for single communities. A
-- community's row without bounds takes its own norm back.
SELECT key, community_id, low, high
FROM (
    SELECT DISTINCT ON (key, community_id) key, community_id, low, high
    FROM norm
    -- some:
    WHERE community_id IS NULL OR community_id = ANY(%(communities)s)
    -- :some
    ORDER BY key, community_id, set_at DESC, id DESC
) AS latest
WHERE low IS NOT NULL OR high IS NOT NULL
