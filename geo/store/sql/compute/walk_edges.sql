SELECT e.start_node, e.end_node, e.length_m, ST_AsBinary(e.geom) AS geom
FROM walk_edge e
JOIN walk_network w ON w.id = e.network_id
WHERE w.street_id = %(street_id)s
ORDER BY e.id
