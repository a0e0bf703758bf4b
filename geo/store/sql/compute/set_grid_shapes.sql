UPDATE grid
SET geom = ST_GeomFromWKB(made.geom, 4326), label_point = ST_GeomFromWKB(made.label, 4326)
FROM unnest(%(ids)s::bigint[], %(shapes)s::bytea[], %(labels)s::bytea[]) AS made (id, geom, label)
WHERE grid.id = made.id
