-- Every party household with the households it is in contact with now.
SELECT
    party_household.household_id,
    count(contact_link.id) FILTER (WHERE contact_link.until IS NULL) AS links
FROM party_household
LEFT JOIN contact_link ON contact_link.party_household_id = party_household.id
-- some:
WHERE party_household.household_id IN (
        SELECT household.id
        FROM household
        JOIN building ON building.id = household.building_id
        WHERE building.community_id = ANY(%(communities)s)
   )
-- :some
GROUP BY party_household.id
