-- Elderly people by H3 cell.
SELECT
    c.cell AS id,
    ST_SetSRID(ST_MakePoint(c.lon, c.lat), 4326) AS geom,
    b.community_id,
    CASE
        WHEN CAST(:care AS text[]) IS NULL THEN b.age60
        ELSE
            CASE WHEN 'high_risk' = ANY(:care) THEN b.care_high_risk ELSE 0 END
            + CASE WHEN 'key' = ANY(:care) THEN b.care_key ELSE 0 END
            + CASE WHEN 'general' = ANY(:care) THEN b.care_general ELSE 0 END
            + CASE
                WHEN 'none' = ANY(:care)
                    THEN greatest(0, b.age60 - b.care_high_risk - b.care_key - b.care_general)
                ELSE 0
            END
    END AS n,
    b.care_high_risk AS high_risk,
    b.care_key AS key,
    b.alone60 AS alone
FROM building_bin AS b
INNER JOIN unnest(
    CAST(:cells AS bigint[]), CAST(:lons AS float8[]), CAST(:lats AS float8[])
) AS c (cell, lon, lat) ON c.cell = b.h3
WHERE b.res = :res AND b.age60 > 0
