"""What turns texts into vectors: offline, OpenAI and what speaks like it, Gemini."""
