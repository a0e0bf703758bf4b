SELECT household_id
FROM party_household
-- some:
WHERE household_id IN (
        SELECT household.id
        FROM household
        JOIN building ON building.id = household.building_id
        WHERE building.community_id = ANY(%(communities)s)
   )
-- :some
