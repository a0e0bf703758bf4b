UPDATE building
SET cell = ST_GeomFromWKB(cut.geom, 4326)
FROM unnest(%(ids)s::bigint[], %(cells)s::bytea[]) AS cut (id, geom)
WHERE building.id = cut.id
