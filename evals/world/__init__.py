"""The twin world: provider simulators, simulated customers, seed businesses and one clock for all processes."""
