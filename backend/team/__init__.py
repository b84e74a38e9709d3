"""People: who they are, how they come in, and which businesses they work for."""
