-- Elderly people by H3 cell.
SELECT
    b.h3 AS cell,
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
WHERE b.res = :res AND b.h3 = ANY(CAST(:cells AS bigint[])) AND b.age60 > 0
