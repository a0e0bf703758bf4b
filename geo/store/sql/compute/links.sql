SELECT household_id, since AS since_day, coalesce(until, 'infinity') AS until_day
FROM contact_link
-- some:
WHERE household_id IN (
        SELECT household.id
        FROM household
        JOIN building ON building.id = household.building_id
        WHERE building.community_id = ANY(%(communities)s)
   )
-- :some
