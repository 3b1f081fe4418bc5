"""Checks: the list of them, and what each promises."""
