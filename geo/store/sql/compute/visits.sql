SELECT household_id, at AS at_us
FROM visit
WHERE result = 'met'
-- some:
  AND household_id IN (
        SELECT household.id
        FROM household
        JOIN building ON building.id = household.building_id
        WHERE building.community_id = ANY(%(communities)s)
    )
-- :some
