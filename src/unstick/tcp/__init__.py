"""The model of a TCP endpoint: what a stack does with the next segment, and what was observed.

Law is a table (``rules``), stacks are data (``profiles``), the walk over segments is plain
integers (``kernels``). Reads no files and prints nothing.
"""
