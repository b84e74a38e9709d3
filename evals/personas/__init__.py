"""Simulated customers with goals and a temperament: what a file says of them, how they think, how they write."""
