"""Codes that people read aloud: no vowels (no words by accident), nothing that looks like something else."""

import re

from backend import minting

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
LENGTH = 6


def new_code(prefix: str) -> str:
    """A random code such as Q-7KM4XP, always with at least one digit; 10^8 of them, unique by constraint."""
    chance = minting.random()
    while True:
        word = "".join(chance.choice(ALPHABET) for _ in range(LENGTH))
        if any(letter.isdigit() for letter in word):
            return f"{prefix}-{word}"


def read_code(prefix: str, words: str) -> str:
    """The code as stored, from what somebody typed: "p 7km4xp", "#P-7KM4XP" and "7KM4XP" are one code."""
    bare = re.sub(r"[^0-9A-Z]", "", words.upper())
    if len(bare) == LENGTH + len(prefix):
        bare = bare.removeprefix(prefix)
    return f"{prefix}-{bare}"
