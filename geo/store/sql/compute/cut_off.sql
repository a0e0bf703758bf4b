-- The latest event of some communities, by street: a report, a closing, a visit (by the visitor's community).
-- Community by community, so that the indexes serve a few of them.
SELECT member.parent_id AS street_id, max(greatest(ticketed.at, visited.at)) AS at
FROM division AS member
CROSS JOIN LATERAL (
    SELECT greatest(max(reported_at), max(closed_at)) AS at
    FROM ticket
    WHERE community_id = member.id
) AS ticketed
CROSS JOIN LATERAL (
    SELECT max(visit.at) AS at
    FROM staff
    JOIN visit ON visit.staff_id = staff.id
    WHERE staff.community_id = member.id
) AS visited
WHERE member.id = ANY(%(communities)s)
GROUP BY member.parent_id
