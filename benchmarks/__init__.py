"""How fast, beside whom: whole processes, run in turn on the same file, figures as ratios.

``make bench`` or ``python -m benchmarks --help``. Nothing here is part of the package.
"""
