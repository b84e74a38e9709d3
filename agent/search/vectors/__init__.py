"""The vectors of documents: a table for each embedder, filled in the background, read through one door."""
