"""Proof: the twin world, the suites played in it, their scoring and reports."""
