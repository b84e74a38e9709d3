"""`make bench-search`: what the search finds, how fast, and how near to exact its vectors are."""
