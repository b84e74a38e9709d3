"""The observer's claim ledger in figures: drafts with known truth, made here and judged by `graphs`."""
