-- Every building with the place its people are counted at.
SELECT
    id,
    community_id,
    coalesce(sub_district_id, 0) AS sub_district_id,
    ST_X(anchor) AS lon,
    ST_Y(anchor) AS lat
FROM building
-- some:
WHERE community_id = ANY(%(communities)s)
-- :some
ORDER BY id
