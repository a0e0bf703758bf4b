-- The plans that are or were in force, oldest first; held until the transaction ends, since figures
-- of theirs are about to be written.
SELECT id, community_id, effective_from, effective_to
FROM plan
WHERE state IN ('published', 'retired')
  AND effective_from IS NOT NULL
  AND community_id = ANY(%(communities)s)
ORDER BY community_id, effective_from, id
FOR KEY SHARE
