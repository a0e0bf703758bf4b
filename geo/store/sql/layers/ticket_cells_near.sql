-- Tickets by their own H3 cell (resolution 10), for the zoom where few cells fill a tile.
SELECT
    c.cell AS id,
    ST_SetSRID(ST_MakePoint(c.lon, c.lat), 4326) AS geom,
    k.community_id,
    k.class,
    k.sign,
    k.n
FROM (
    SELECT
        r.h3,
        r.community_id,
        r.class,
        CASE
            WHEN r.state = 'closed' THEN 'closed'
            WHEN r.state NOT IN ('pending', 'active') THEN 'void'
            WHEN r.late THEN 'overdue'
            ELSE r.state
        END AS sign,
        r.n
    FROM (
        SELECT
            t.h3_10 AS h3,
            t.community_id,
            t.class_code AS class,
            t.state,
            t.due_at < d.as_of AS late,
            CAST(count(*) AS integer) AS n
        FROM ticket AS t
        INNER JOIN division AS d ON d.id = t.community_id
        WHERE
            t.h3_10 = ANY(CAST(:cells AS bigint[]))
            AND (CAST(:from_at AS timestamptz) IS NULL OR t.reported_at >= :from_at)
            AND (CAST(:to_at AS timestamptz) IS NULL OR t.reported_at < :to_at)
        GROUP BY 1, 2, 3, 4, 5
    ) AS r
) AS k
INNER JOIN unnest(
    CAST(:cells AS bigint[]), CAST(:lons AS float8[]), CAST(:lats AS float8[])
) AS c (cell, lon, lat) ON c.cell = k.h3
