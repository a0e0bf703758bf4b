-- All classes of a cell, month, sign and community as one more row, of class "*".
INSERT INTO ticket_bin (res, h3, month, class_code, sign, community_id, n, geom)
SELECT b.res, b.h3, b.month, '*', b.sign, b.community_id, sum(b.n), (array_agg(b.geom))[1]
FROM ticket_bin AS b
WHERE
    b.class_code <> '*'
    -- some:
    AND b.community_id = ANY(%(communities)s)
    -- :some
GROUP BY b.res, b.h3, b.month, b.sign, b.community_id
ORDER BY b.res, b.h3, b.month
