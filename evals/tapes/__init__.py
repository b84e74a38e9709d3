"""Tapes: what a real model answered in a suite, kept as files, and played again without a key or a network."""
