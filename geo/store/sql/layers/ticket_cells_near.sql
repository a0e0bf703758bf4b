-- Tickets by their own H3 cell (resolution 10), for the zoom where few cells fill a tile.
SELECT
    t.h3_10 AS cell,
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
    t.h3_10 = ANY(CAST(:cells AS bigint[]))
    AND (CAST(:from_at AS timestamptz) IS NULL OR t.reported_at >= :from_at)
    AND (CAST(:to_at AS timestamptz) IS NULL OR t.reported_at < :to_at)
