-- Tickets by H3 cell: whole months from the stored counts, ragged days from a covering index.
-- A ragged day's cell follows from the ticket's own cell (resolution 10) by bit arithmetic: write
-- the coarser resolution into bits 52-55 and fill the finer digits with ones.
SELECT
    c.cell AS id,
    ST_SetSRID(ST_MakePoint(c.lon, c.lat), 4326) AS geom,
    k.community_id,
    k.class,
    k.sign,
    k.n
FROM (
    SELECT b.h3, b.community_id, b.class_code AS class, b.sign, b.n
    FROM ticket_bin AS b
    WHERE
        b.res = :res
        AND b.h3 = ANY(CAST(:cells AS bigint[]))
        AND b.month >= :month_from
        AND b.month < :month_to
    UNION ALL
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
            (t.h3_10 & ~(CAST(15 AS bigint) << 52))
            | (CAST(:res AS bigint) << 52)
            | ((CAST(1 AS bigint) << (3 * (15 - :res))) - 1) AS h3,
            t.community_id,
            t.class_code AS class,
            t.state,
            t.due_at < d.as_of AS late,
            CAST(count(*) AS integer) AS n
        FROM ticket AS t
        INNER JOIN division AS d ON d.id = t.community_id
        WHERE
            t.h3_10 IS NOT NULL
            AND (
                (t.reported_at >= :head_from AND t.reported_at < :head_to)
                OR (t.reported_at >= :tail_from AND t.reported_at < :tail_to)
            )
        GROUP BY 1, 2, 3, 4, 5
    ) AS r
) AS k
INNER JOIN unnest(
    CAST(:cells AS bigint[]), CAST(:lons AS float8[]), CAST(:lats AS float8[])
) AS c (cell, lon, lat) ON c.cell = k.h3
