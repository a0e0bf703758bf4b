-- Party households by H3 cell.
SELECT
    b.h3 AS cell,
    b.community_id,
    b.party_households AS n
FROM building_bin AS b
WHERE b.res = :res AND b.h3 = ANY(CAST(:cells AS bigint[])) AND b.party_households > 0
