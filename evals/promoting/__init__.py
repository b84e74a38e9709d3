"""What went wrong in life becomes a scenario: a takeover of the inbox, or a trace of LangSmith."""
