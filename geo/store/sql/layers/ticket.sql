-- Tickets one by one; overdue is judged at the data cut-off of the community. They are found by
-- the H3 cells around, in an index that covers all that is asked: the rows of one place lie
-- scattered over the table. A ticket has its cell from the computation that follows an import.
SELECT
    t.id,
    t.geom,
    t.geom AS anchor,
    t.community_id,
    t.reported_at,
    t.class_code AS class,
    CASE
        WHEN t.state = 'closed' THEN 'closed'
        WHEN t.state NOT IN ('pending', 'active') THEN 'void'
        WHEN t.due_at < d.as_of THEN 'overdue'
        ELSE t.state
    END AS sign
FROM ticket AS t
INNER JOIN division AS d ON d.id = t.community_id
WHERE
    t.h3_10 = ANY(CAST(:around AS bigint[]))
    AND (CAST(:from_at AS timestamptz) IS NULL OR t.reported_at >= :from_at)
    AND (CAST(:to_at AS timestamptz) IS NULL OR t.reported_at < :to_at)
