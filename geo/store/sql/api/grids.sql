-- The grids of a plan as one GeoJSON text; seven digits are a centimetre.
SELECT
    p.community_id,
    p.state = 'draft' AS draft,
    CAST(
        json_build_object(
            'type', 'FeatureCollection',
            'features', COALESCE(json_agg(
                json_build_object(
                    'type', 'Feature',
                    'id', g.id,
                    'geometry', CAST(ST_AsGeoJSON(g.geom, 7) AS json),
                    'properties', json_build_object(
                        'id', g.id,
                        'code', g.code,
                        'name', g.name,
                        'lx', round(CAST(ST_X(g.label_point) AS numeric), 7),
                        'ly', round(CAST(ST_Y(g.label_point) AS numeric), 7)
                    )
                ) ORDER BY g.code
            ) FILTER (WHERE g.geom IS NOT NULL), '[]')
        ) AS text
    ) AS body
FROM plan AS p
LEFT JOIN grid AS g ON g.plan_id = p.id
WHERE p.id = :id
GROUP BY p.id
