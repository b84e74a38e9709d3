"""Speed and memory, measured in one run on this machine: medians, and ratios against a named reference."""
