-- The latest event of each street: a report, a closing, a visit (by the visitor's community).
WITH member AS (
    SELECT id, parent_id AS street_id
    FROM division
    WHERE kind = 'community' AND parent_id = ANY(%(streets)s)
),
ticketed AS (
    SELECT community_id, greatest(max(reported_at), max(closed_at)) AS at
    FROM ticket
    WHERE community_id IN (SELECT id FROM member)
    GROUP BY community_id
),
visited AS (
    SELECT staff.community_id, max(latest.at) AS at
    FROM (SELECT staff_id, max(at) AS at FROM visit GROUP BY staff_id) AS latest
    JOIN staff ON staff.id = latest.staff_id
    GROUP BY staff.community_id
)
SELECT member.street_id, max(greatest(ticketed.at, visited.at)) AS at
FROM member
LEFT JOIN ticketed ON ticketed.community_id = member.id
LEFT JOIN visited ON visited.community_id = member.id
GROUP BY member.street_id
