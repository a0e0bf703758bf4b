-- Stairwells and entrances.
SELECT u.id, u.geom, u.geom AS anchor, b.community_id, u.number AS no, u.building_id AS building
FROM unit AS u
LEFT JOIN building AS b ON b.id = u.building_id
