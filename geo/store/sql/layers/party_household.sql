-- Party households, one point per stairwell, with the households they keep contact with.
SELECT
    s.id,
    s.geom,
    s.geom AS anchor,
    s.community_id,
    s.building_id AS building,
    s.unit_id AS unit,
    s.party_households AS n,
    s.contact_linked AS linked
FROM unit_summary AS s
WHERE s.party_households > 0
