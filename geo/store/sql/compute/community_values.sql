SELECT
    division.parent_id AS street_id,
    kept.indicator,
    kept.period_from,
    kept.period_to,
    kept.numerator,
    kept.denominator
FROM indicator_value AS kept
JOIN division ON division.id = kept.area_id
WHERE kept.area_kind = 'community' AND division.parent_id = ANY(%(streets)s)
