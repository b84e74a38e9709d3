"""Replays: what another playbook would have changed, proved on past conversations and on scenarios."""
