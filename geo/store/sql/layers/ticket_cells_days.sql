-- Tickets by H3 cell, the ragged days around the whole months, from a covering index.
-- A ticket's cell follows from its own (resolution 10) by bit arithmetic: write the coarser
-- resolution into bits 52-55 and fill the finer digits with ones.
SELECT
    (t.h3_10 & ~(CAST(15 AS bigint) << 52))
    | (CAST(:res AS bigint) << 52)
    | ((CAST(1 AS bigint) << (3 * (15 - :res))) - 1) AS cell,
    t.community_id,
    t.class_code AS class,
    CASE
        WHEN t.state = 'closed' THEN 'closed'
        WHEN t.state NOT IN ('pending', 'active') THEN 'void'
        WHEN t.due_at < d.as_of THEN 'overdue'
        ELSE t.state
    END AS sign,
    1 AS n,
    CASE WHEN t.state IN ('pending', 'active') THEN 1 ELSE 0 END AS open,
    CASE
        WHEN t.due_at < d.as_of AND t.state IN ('pending', 'active') THEN 1 ELSE 0
    END AS overdue,
    CASE WHEN t.state = 'closed' THEN 1 ELSE 0 END AS closed
FROM ticket AS t
INNER JOIN division AS d ON d.id = t.community_id
WHERE
    t.h3_10 IS NOT NULL
    AND (CAST(:fine AS bigint[]) IS NULL OR t.h3_10 = ANY(CAST(:fine AS bigint[])))
    AND (
        (t.reported_at >= :head_from AND t.reported_at < :head_to)
        OR (t.reported_at >= :tail_from AND t.reported_at < :tail_to)
    )
