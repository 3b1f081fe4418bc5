"""The matrix: what is planned, what is told of it, and real cells."""
