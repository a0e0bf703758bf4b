SELECT
    household_id,
    birth_date AS birth_day,
    coalesce(living = 'alone', false) AS alone,
    coalesce(array_position(%(care)s::text[], care_class), 0)::int2 AS care
FROM resident
-- some:
WHERE household_id IN (
        SELECT household.id
        FROM household
        JOIN building ON building.id = household.building_id
        WHERE building.community_id = ANY(%(communities)s)
   )
-- :some
