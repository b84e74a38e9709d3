"""How long each table keeps its rows, and who takes the old ones away."""
