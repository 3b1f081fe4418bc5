"""Diagnosis in, text out: JSON, NDJSON, tables and the report a person reads.

Nothing here judges, reads captures or knows TCP; nothing here writes to a file or a terminal.
"""
