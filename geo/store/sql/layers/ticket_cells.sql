-- Tickets by H3 cell: whole months from the stored counts, ragged days from a covering index.
-- A ragged day's cell follows from the ticket's own cell (resolution 10) by bit arithmetic: write
-- the coarser resolution into bits 52-55 and fill the finer digits with ones.
SELECT b.h3 AS cell, b.community_id, b.class_code AS class, b.sign, b.n
FROM ticket_bin AS b
WHERE
    b.res = :res
    AND b.h3 = ANY(CAST(:cells AS bigint[]))
    AND b.month >= :month_from
    AND b.month < :month_to
    AND (
        (CAST(:class AS text[]) IS NULL AND b.class_code = '*')
        OR b.class_code = ANY(CAST(:class AS text[]))
    )
UNION ALL
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
    1 AS n
FROM ticket AS t
INNER JOIN division AS d ON d.id = t.community_id
WHERE
    t.h3_10 IS NOT NULL
    AND (CAST(:fine AS bigint[]) IS NULL OR t.h3_10 = ANY(CAST(:fine AS bigint[])))
    AND (
        (t.reported_at >= :head_from AND t.reported_at < :head_to)
        OR (t.reported_at >= :tail_from AND t.reported_at < :tail_to)
    )
