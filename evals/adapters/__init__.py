"""Benchmarks of others as suites of ours: made from data that the user has, of which nothing is kept here."""
