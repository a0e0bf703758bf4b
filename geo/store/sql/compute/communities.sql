SELECT
    community.id,
    community.parent_id AS street_id,
    community.code,
    community.as_of
FROM division AS community
WHERE community.kind = 'community'
ORDER BY community.id
