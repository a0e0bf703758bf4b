-- Facilities; only services before tile zoom 16. One outside every community belongs to its street.
SELECT
    f.id,
    f.geom,
    f.geom AS anchor,
    COALESCE(f.community_id, f.street_id) AS community_id,
    f.kind,
    f.name
FROM facility AS f
WHERE
    :zoom >= 16
    OR f.kind IN (
        'party_centre', 'grid_station', 'canteen', 'day_care', 'after_school', 'school',
        'kindergarten', 'clinic', 'hospital', 'police', 'culture'
    )
