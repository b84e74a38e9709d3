"""Suites of scenarios: read, played on a twin world, scored on what the backend holds afterwards, reported."""
