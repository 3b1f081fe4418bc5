"""How long does each server keep a dead request? Rows are servers, columns clients; each cell is a
run of its own, in namespaces of its own. It records what happened and judges nothing."""
