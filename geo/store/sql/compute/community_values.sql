-- The sums of each street's communities, one after the other, so that they do not depend on how
-- rows lie. By community, which is what the figures are indexed by: only the street's own are read.
SELECT
    division.parent_id AS street_id,
    kept.indicator,
    kept.period_from,
    kept.period_to,
    sum(kept.numerator ORDER BY division.id) AS numerator,
    sum(kept.denominator ORDER BY division.id) AS denominator
FROM division
JOIN indicator_value AS kept ON kept.community_id = division.id AND kept.area_id = division.id
WHERE kept.area_kind = 'community' AND division.parent_id = ANY(%(streets)s)
GROUP BY division.parent_id, kept.indicator, kept.period_from, kept.period_to
