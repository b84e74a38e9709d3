"""Planted faults: proof that the suites can fail."""
