"""Decides: the topology of a turn, its state, the three brains and the rules that judge a draft. Pure."""
