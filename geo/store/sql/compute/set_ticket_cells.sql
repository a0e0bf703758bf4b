UPDATE ticket
SET h3_10 = placed.cell
FROM unnest(%(ids)s::bigint[], %(cells)s::bigint[]) AS placed (id, cell)
WHERE ticket.id = placed.id
