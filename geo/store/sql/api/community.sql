-- A community's boundary as one GeoJSON text with its box.
SELECT
    d.id AS community_id,
    false AS draft,
    CAST(
        json_build_object(
            'type', 'Feature',
            'id', d.id,
            'bbox', CASE WHEN d.geom IS NULL THEN NULL ELSE json_build_array(
                round(CAST(ST_XMin(d.geom) AS numeric), 7),
                round(CAST(ST_YMin(d.geom) AS numeric), 7),
                round(CAST(ST_XMax(d.geom) AS numeric), 7),
                round(CAST(ST_YMax(d.geom) AS numeric), 7)
            ) END,
            'geometry', CAST(ST_AsGeoJSON(d.geom, 7) AS json),
            'properties', json_build_object(
                'id', d.id, 'code', d.code, 'name', d.name, 'schematic', d.schematic
            )
        ) AS text
    ) AS body
FROM division AS d
WHERE d.id = :id AND d.kind = 'community'
