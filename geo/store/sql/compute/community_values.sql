-- By community, which is what the figures are indexed by: only the street's own are read.
SELECT
    division.parent_id AS street_id,
    kept.indicator,
    kept.period_from,
    kept.period_to,
    kept.numerator,
    kept.denominator
FROM division
JOIN indicator_value AS kept ON kept.community_id = division.id AND kept.area_id = division.id
WHERE kept.area_kind = 'community' AND division.parent_id = ANY(%(streets)s)
