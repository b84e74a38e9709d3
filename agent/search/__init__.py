"""The product search: an index of the backend's catalog in the agent's own database. It answers ids, nothing else."""
