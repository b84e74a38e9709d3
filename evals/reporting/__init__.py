"""Reports of a run: the document it is saved as, what is reckoned from it, comparison with another, one HTML page."""
