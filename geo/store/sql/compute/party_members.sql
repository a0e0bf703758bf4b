-- household_id is 0 for members who live elsewhere.
SELECT party_member.community_id, coalesce(resident.household_id, 0) AS household_id
FROM party_member
LEFT JOIN resident ON resident.id = party_member.resident_id
-- some:
WHERE party_member.community_id = ANY(%(communities)s)
-- :some
