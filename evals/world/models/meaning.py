"""A small model of meaning, the same on every machine: what is spelt alike lies near, and so does what means the same.

It stands for a real embedding model where there is none: it brings together the synonyms of the table below, within a
language and across languages, and nothing else that spelling does not.
"""

import re
import unicodedata
from functools import lru_cache
from typing import TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float32]

CONCEPTS = (
    "zapatilla tenis sneaker trainer championes playera",
    "campera chaqueta jacket abrigo casaco jaqueta cazadora",
    "remera camiseta playeras polera tshirt blusa",
    "pantalon calca jeans trousers vaquero",
    "pollera falda skirt saia",
    "anteojos lentes gafas oculos glasses",
    "mochila backpack morral",
    "auricular audifono headphone headset fone earbud",
    "celular movil telefono phone smartphone telemovel",
    "computadora ordenador laptop notebook portatil computador",
    "televisor tele television tv televisao",
    "heladera nevera refrigerador fridge frigorifico geladeira",
    "auto coche carro car automovil",
    "analgesico paracetamol ibuprofeno dolor dor pain headache cabeza cabeca",
    "pelo cabello hair cabelo corte haircut peluqueria cabeleireiro",
    "barato economico cheap oferta promocao rebaja",
    "taza mug cup caneca pocillo",
    "lapicera boligrafo pen caneta birome",
    "frio cold invierno winter inverno warm calido",
    "correr running run corrida trotar",
    "agua water hidratacion botella bottle garrafa",
    "bebe baby infantil nino nina kid crianca",
    "regalo gift presente obsequio",
    "perro dog cachorro can mascota pet",
)
OWN_SHARE = 0.5
"""How much of a word's vector is its spelling where the word has a concept."""
_WORD = re.compile(r"[^\W_]+")


def vector(text: str, dimension: int) -> Numbers:
    """Of length 1."""
    total = np.zeros(dimension, dtype=np.float32)
    for word in _WORD.findall(_folded(text)):
        total += _word(word, dimension)
    norm = float(np.linalg.norm(total))
    if norm == 0.0:
        return _direction("nothing", dimension)
    return total / np.float32(norm)


@lru_cache(maxsize=8_192)
def _word(word: str, dimension: int) -> Numbers:
    padded = f"<{word}>"
    grams = [padded[at : at + size] for size in (2, 3, 4) for at in range(len(padded) - size + 1)]
    spelt = np.sum([_direction(gram, dimension) for gram in grams], axis=0)
    spelt = spelt / np.float32(np.linalg.norm(spelt))
    concept = _OF_WORDS.get(_singular(word))
    if concept is None:
        return np.asarray(spelt, dtype=np.float32)
    return np.asarray(spelt * OWN_SHARE + _direction(f"concept {concept}", dimension), dtype=np.float32)


@lru_cache(maxsize=65_536)
def _direction(name: str, dimension: int) -> Numbers:
    numbers = np.random.default_rng(crc32(name.encode())).standard_normal(dimension).astype(np.float32)
    return numbers / np.float32(np.linalg.norm(numbers))


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _singular(word: str) -> str:
    for ending in ("es", "s"):
        if word.endswith(ending) and (found := word.removesuffix(ending)) in _OF_WORDS:
            return found
    return word


_OF_WORDS = {word: number for number, words in enumerate(CONCEPTS) for word in words.split()}
