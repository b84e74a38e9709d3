"""Does: the running LangGraph service. It claims work, gives the brains what they ask for, and returns replies."""
