-- Count elderly people and party households per stairwell (households without one: per building).
-- Ages are judged at the data cut-off of the community, in its own calendar.
INSERT INTO unit_summary (
    building_id, unit_id, community_id,
    age60, alone60, care_high_risk, care_key, care_general, party_households, contact_linked, geom
)
SELECT
    b.id,
    u.id,
    b.community_id,
    COALESCE(sum(e.age60), 0),
    COALESCE(sum(e.alone60), 0),
    COALESCE(sum(e.care_high_risk), 0),
    COALESCE(sum(e.care_key), 0),
    COALESCE(sum(e.care_general), 0),
    COALESCE(sum(p.party_households), 0),
    COALESCE(sum(p.contact_linked), 0),
    COALESCE(u.geom, b.anchor)
FROM household AS h
INNER JOIN building AS b ON b.id = h.building_id
LEFT JOIN unit AS u ON u.id = h.unit_id
LEFT JOIN (
    SELECT
        r.household_id,
        count(*) AS age60,
        count(*) FILTER (WHERE r.living = 'alone') AS alone60,
        count(*) FILTER (WHERE r.care_class = 'high_risk') AS care_high_risk,
        count(*) FILTER (WHERE r.care_class = 'key') AS care_key,
        count(*) FILTER (WHERE r.care_class = 'general') AS care_general
    FROM resident AS r
    INNER JOIN household AS rh ON rh.id = r.household_id
    INNER JOIN building AS rb ON rb.id = rh.building_id
    INNER JOIN division AS d ON d.id = rb.community_id
    WHERE
        r.birth_date <= CAST(
            COALESCE(d.as_of, now()) AT TIME ZONE 'Asia/Shanghai' - INTERVAL '60 years' AS date
        )
        -- some:
        AND rb.community_id = ANY(%(communities)s)
        -- :some
    GROUP BY r.household_id
) AS e ON e.household_id = h.id
LEFT JOIN (
    SELECT
        ph.household_id,
        1 AS party_households,
        (
            SELECT count(*) FROM contact_link AS l
            WHERE l.party_household_id = ph.id AND l.until IS NULL
        ) AS contact_linked
    FROM party_household AS ph
    -- some:
    WHERE ph.household_id IN (
        SELECT hh.id
        FROM household AS hh
        INNER JOIN building AS hb ON hb.id = hh.building_id
        WHERE hb.community_id = ANY(%(communities)s)
    )
    -- :some
) AS p ON p.household_id = h.id
WHERE
    (e.household_id IS NOT NULL OR p.household_id IS NOT NULL)
    -- some:
    AND b.community_id = ANY(%(communities)s)
    -- :some
GROUP BY b.id, u.id
