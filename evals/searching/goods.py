"""Made-up products in Spanish, Portuguese and English: few words are frequent and many are rare (Zipf), as in shops."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid5

import numpy as np

from agent.search.asking import Document, Facts, Text

_SEED = 8
_VOCABULARY = 12_000
_ZIPF = 1.07
_POPULAR = 0.9
_SPACE = UUID("6f1d2c1e-7a4b-4c55-9d0e-1f2a3b4c5d6e")
_SYLLABLES = {  # Lists of quoted syllables would be a page.
    "es": "ca za pa ti lla sa bo ta ro ma do mi sol ver de cor tre la nu pi que jo ría lu ces no te ñe fa".split(),  # noqa: SIM905
    "pt": "ca mi sa pão ção nho lha te vo pa ta ris be lo que fo ge la dei ra ve lu dro ma cia ti no".split(),  # noqa: SIM905
    "en": "sho stro ber ning ter ly ble wat ch ket lamp ing ser per mo re gra ton fil kit mer pan wo".split(),  # noqa: SIM905
}
_COLOURS = "azul rojo verde negro blanco gris rosa amarelo vermelho preto branco blue red green black".split()  # noqa: SIM905
_SIZES = ["S", "M", "L", "XL", *(str(size) for size in range(35, 46))]


NAMES = ("with half of all rows", "with a hundredth", "ordinary")
"""Of the first tenants of a spread, those that are asked."""


@dataclass(frozen=True)
class Spread:
    """How rows lie over tenants: the first has `half` of them, the second a hundredth, the others the rest."""

    rows: int
    tenants: int

    def sizes(self) -> list[int]:
        half, hundredth = self.rows // 2, self.rows // 100
        others, rest = divmod(self.rows - half - hundredth, self.tenants - 2)
        return [half, hundredth, *(others + (place < rest) for place in range(self.tenants - 2))]


class Goods:
    """The same products every time."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(_SEED)
        self._words = {language: self._vocabulary(parts) for language, parts in _SYLLABLES.items()}
        self._weights = 1.0 / np.arange(1, _VOCABULARY + 1) ** _ZIPF
        self._weights /= self._weights.sum()
        self._brands = [self._words["en"][-place].title() for place in range(1, 401)]
        names = self._words["es"][400:460]
        self._categories = [f"{names[place // 5 * 5]} > {names[place]}".title() for place in range(60)]

    def _vocabulary(self, parts: list[str]) -> list[str]:
        words: dict[str, None] = {}
        while len(words) < _VOCABULARY:
            words["".join(self._random.choice(parts, self._random.integers(2, 5)))] = None
        return list(words)

    def documents(self, tenant_id: str, rows: int) -> Iterator[Document]:
        """A tenant's products, in the order of their numbers."""
        random = np.random.default_rng(UUID(tenant_id).int % 2**32)
        language = list(_SYLLABLES)[int(random.integers(0, 3))]
        words = self._words[language]
        picked = random.choice(_VOCABULARY, (rows, 30), p=self._weights)
        numbers = random.integers(0, 1 << 30, (rows, 6))
        for row in range(rows):
            said = [words[place] for place in picked[row]]
            brand = self._brands[int(random.zipf(1.3)) % 400]
            category = self._categories[numbers[row, 0] % 60]
            colour, size = _COLOURS[numbers[row, 1] % len(_COLOURS)], _SIZES[numbers[row, 2] % 15]
            price = int(np.exp(4 + numbers[row, 3] % 1000 / 200)) * 100 - 10
            yield Document(
                tenant_id,
                str(uuid5(_SPACE, f"{tenant_id}/{row}")),
                row + 1,
                Text(
                    title=" ".join([*said[: 3 + numbers[row, 4] % 3], brand]).capitalize(),
                    labels=(category, colour, size),
                    body=" ".join(said[8:]).capitalize() + ".",
                    brand=brand,
                    codes=(f"{brand[:3].upper()}-{numbers[row, 5] % 10_000:04}-{row:06}",),
                ),
                Facts(
                    price_min=price,
                    price_max=price,
                    in_stock=bool(numbers[row, 4] % 5),
                    brand=brand,
                    categories=(category,),
                    attributes={"color": (colour,), "talla": (size,)},
                ),
            )

    def questions(self, documents: list[Document], many: int) -> list[str]:
        """As customers type: words of a name, half of them with more, some misspelt, a few with a code. Some products
        are asked for often and most seldom (Zipf)."""
        random = np.random.default_rng(_SEED)
        wanted = 1.0 / np.arange(1, len(documents) + 1) ** _POPULAR
        asked: list[str] = []
        for place in random.permutation(len(documents))[random.choice(len(documents), many, p=wanted / wanted.sum())]:
            text = documents[place].text
            assert text is not None
            if random.random() < 0.05:
                asked.append(text.codes[0])
                continue
            words = list(random.permutation(text.title.split())[: random.integers(2, 4)])
            if random.random() < 0.5:
                words.append(str(random.choice([*text.labels[1:], *text.body.split()[:5]])))
            if random.random() < 0.3:
                words[0] = _misspelt(str(words[0]), int(random.integers(1, 100)))
            asked.append(" ".join(words))
        return asked


def _misspelt(word: str, place: int) -> str:
    if len(word) < 5:
        return word
    at = 1 + place % (len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
