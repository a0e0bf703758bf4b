-- Party households by H3 cell.
SELECT
    c.cell AS id,
    ST_SetSRID(ST_MakePoint(c.lon, c.lat), 4326) AS geom,
    b.community_id,
    b.party_households AS n
FROM building_bin AS b
INNER JOIN unnest(
    CAST(:cells AS bigint[]), CAST(:lons AS float8[]), CAST(:lats AS float8[])
) AS c (cell, lon, lat) ON c.cell = b.h3
WHERE b.res = :res AND b.party_households > 0
