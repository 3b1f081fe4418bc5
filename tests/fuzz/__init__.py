"""Fuzz targets for longer runs. pytest does not run them: see README.md."""
