-- Tickets by H3 cell, whole months, from the stored counts.
SELECT
    b.h3 AS cell,
    b.community_id,
    b.class_code AS class,
    b.sign,
    b.n,
    CASE WHEN b.sign IN ('pending', 'active', 'overdue') THEN b.n ELSE 0 END AS open,
    CASE WHEN b.sign = 'overdue' THEN b.n ELSE 0 END AS overdue,
    CASE WHEN b.sign = 'closed' THEN b.n ELSE 0 END AS closed
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
