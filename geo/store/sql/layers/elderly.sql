-- Elderly people, one point per stairwell: how many, how many alone, the most urgent class of care.
SELECT
    s.id,
    s.geom,
    s.geom AS anchor,
    s.community_id,
    s.building_id AS building,
    s.unit_id AS unit,
    s.alone60 AS alone,
    CASE
        WHEN CAST(:care AS text[]) IS NULL THEN s.age60
        ELSE
            CASE WHEN 'high_risk' = ANY(:care) THEN s.care_high_risk ELSE 0 END
            + CASE WHEN 'key' = ANY(:care) THEN s.care_key ELSE 0 END
            + CASE WHEN 'general' = ANY(:care) THEN s.care_general ELSE 0 END
            + CASE
                WHEN 'none' = ANY(:care)
                    THEN s.age60 - s.care_high_risk - s.care_key - s.care_general
                ELSE 0
            END
    END AS n,
    CASE
        WHEN
            s.care_high_risk > 0 AND (CAST(:care AS text[]) IS NULL OR 'high_risk' = ANY(:care))
            THEN 'high_risk'
        WHEN s.care_key > 0 AND (CAST(:care AS text[]) IS NULL OR 'key' = ANY(:care)) THEN 'key'
        WHEN
            s.care_general > 0 AND (CAST(:care AS text[]) IS NULL OR 'general' = ANY(:care))
            THEN 'general'
        ELSE 'none'
    END AS care
FROM unit_summary AS s
WHERE
    s.age60 > 0
    AND (
        CAST(:care AS text[]) IS NULL
        OR ('high_risk' = ANY(:care) AND s.care_high_risk > 0)
        OR ('key' = ANY(:care) AND s.care_key > 0)
        OR ('general' = ANY(:care) AND s.care_general > 0)
        OR (
            'none' = ANY(:care)
            AND s.age60 > s.care_high_risk + s.care_key + s.care_general
        )
    )
