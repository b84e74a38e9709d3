"""Letters to people: an intent in the database, one SMTP conversation, an outcome."""
