"""Attacks by injected text, against a model at the wire that does whatever the text orders."""
