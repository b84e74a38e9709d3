"""The formats that there are, and which of them a heading belongs to."""

from collections.abc import Mapping, Sequence

from backend.imports.formats.base import Format, understand
from backend.imports.formats.cells import Heading
from backend.imports.formats.google import Google
from backend.imports.formats.plain import Plain
from backend.imports.formats.shopify import Shopify
from backend.imports.formats.woocommerce import WooCommerce

FORMATS: Mapping[str, Format] = {format.name: format for format in (Shopify(), WooCommerce(), Google(), Plain())}
_SHOWN = 60


class UnknownFormat(Exception):
    """The heading fits none, or several alike; `str()` says it, `expected` what each format asks for."""

    def __init__(self, said: str, found: Sequence[str]) -> None:
        super().__init__(said)
        self.found = [heading[:80] for heading in found[:_SHOWN]]
        self.expected = {name: expected(format) for name, format in FORMATS.items()}


def expected(format: Format) -> list[str]:
    """The columns that a heading of this format must have, `a or b` where one of them is enough."""
    said = [" or ".join(format.columns[name][0] for name in names) for names in format.required]
    return said if format.name != "plain" else ["name or sku (nombre, nome; código)"]


def recognise(
    headings: Sequence[str], wanted: str | None = None, mapped: Mapping[str, str] | None = None
) -> tuple[Format, Heading]:
    """The format named, or the one of which most columns are there. UnknownFormat."""
    mapped = mapped or {}
    understood = {name: understand(format, headings, mapped) for name, format in FORMATS.items()}
    if wanted is not None:
        format = FORMATS[wanted]
        if not _complete(format, understood[wanted]):
            raise UnknownFormat(f"The heading lacks columns that {format.title} has.", headings)
        return format, understood[wanted]
    fitting = sorted(
        (
            (len(understood[name].places), name)
            for name, format in FORMATS.items()
            if _complete(format, understood[name]) and not format.telling.isdisjoint(understood[name].places)
        ),
        reverse=True,
    )
    if not fitting:
        raise UnknownFormat("The first row is the heading of no format that is known.", headings)
    if len(fitting) > 1 and fitting[0][0] == fitting[1][0]:
        names = " and ".join(name for many, name in fitting if many == fitting[0][0])
        raise UnknownFormat(f"The heading fits {names} alike; name the format.", headings)
    return FORMATS[fitting[0][1]], understood[fitting[0][1]]


def _complete(format: Format, heading: Heading) -> bool:
    return all(any(name in heading.places for name in names) for names in format.required)
