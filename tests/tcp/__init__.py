"""Tests of the endpoint model."""
