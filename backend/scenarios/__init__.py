"""Scenarios: chats of nobody, with what must come of them; a replay plays them."""
