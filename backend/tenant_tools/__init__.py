"""HTTP tools that a tenant declares for its agent."""
