"""What is read of a file, and that no file takes its reader along. Files go through the process that reads them."""

import asyncio
from collections.abc import Sequence

import pytest

from backend.knowledge.apart import read_apart
from backend.knowledge.blocks import Block, Unreadable
from backend.knowledge.formats.docx import read_docx
from backend.knowledge.formats.plain import read_plain
from backend.knowledge.reading import DOCX, MARKDOWN, PDF, PLAIN
from tests.backend.knowledge.papers import box, docx, locked, paragraph, pdf, table

PAGE = ["GARANTÍA", "Doce meses en cuadros."]
ENTITY = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:document xmlns:w="w">&x;</w:document>'
HOSTILE: Sequence[tuple[str, str, bytes, str]] = (
    ("a PDF with a password", PDF, locked(pdf(PAGE)), "password"),
    ("a PDF of scanned pages", PDF, pdf([], []), "pictures without text"),
    ("a PDF of too many pages", PDF, pdf(*[["x"]] * 1001), "1001 pages"),
    ("a PDF broken off", PDF, pdf(PAGE)[:300], "damaged"),
    ("a picture called PDF", PDF, b"\x89PNG\r\n\x1a\n", "is none"),
    ("a bomb in a DOCX", DOCX, docx("", document=b"<a>" + b" " * (151 * 1024**2)), "more than a document"),
    ("a DOCX that asks for a file", DOCX, docx("", document=ENTITY), "entities"),
    ("a DOCX of boxes in boxes", DOCX, docx("<w:p>" * 100_000 + "</w:p>" * 100_000), "damaged"),
    ("a DOCX with a password", DOCX, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "password"),
    ("a zip that is no DOCX", DOCX, b"PK\x03\x04" + bytes(100), "damaged"),
    ("a picture without a caption", "image/png", b"\x89PNG", "caption"),
    ("bytes called text", PLAIN, bytes(range(256)), "no text"),
    ("nothing", PLAIN, b" \n\n", "no text"),
)


async def test_a_file_that_cannot_be_read_says_what_to_do() -> None:
    async def refused(kind: str, content: bytes) -> str:
        with pytest.raises(Unreadable) as refusal:
            await read_apart(content, kind)
        return str(refusal.value)

    told = await asyncio.gather(*(refused(kind, content) for _, kind, content, _ in HOSTILE))
    missed = [(name, said) for (name, *_, wanted), said in zip(HOSTILE, told, strict=True) if wanted not in said]
    assert missed == []


async def test_a_reader_that_swells_or_hangs_is_ended() -> None:
    content = pdf(*[PAGE] * 900)
    for most_bytes, seconds in ((40 * 1024**2, 60), (1024**3, 0)):
        with pytest.raises(Unreadable, match="too long or too much"):
            await read_apart(content, PDF, most_bytes=most_bytes, seconds=seconds)


async def test_headings_pages_tables_and_language_are_kept() -> None:
    lines = ["Manual", "1. Garantía de bicicletas", "Cubre doce meses contra defectos de fá-", "brica.", "Página 1"]
    more = ["Manual", "y la horquilla.", "TALLAS", "Mida su pie de noche.", "Página 2"]
    last = ["Manual", "Compare con la tabla.", "Página 3"]
    word = paragraph("Manual", "Ttulo1") + paragraph("Plazos", "Ttulo2") + paragraph("Cambios en 30 días.")
    marked = (
        "# Envios\n\nEntregamos em todo o Brasil, não só na capital.\n\n| Zona | Dias |\n|---|---|\n| Norte | 3 |\n"
    )
    found = await asyncio.gather(
        read_apart(pdf(lines, more, last), PDF),
        read_apart(docx(word + table(["Talla", "cm"], ["38", "24.5"])), DOCX),
        read_apart(marked.encode(), MARKDOWN),
        read_apart("Garantía: doce meses para los niños y las bicicletas.".encode("cp1252"), PLAIN),
    )
    assert [(one.heading, one.body, one.page, one.last_page) for one in found[0].passages] == [
        ("1. Garantía de bicicletas", "Cubre doce meses contra defectos de fábrica.\ny la horquilla.", 1, 2),
        ("TALLAS", "Mida su pie de noche.\nCompare con la tabla.", 2, 3),
    ]
    assert [(one.heading, one.body) for one in found[1].passages] == [
        ("Manual > Plazos", "Cambios en 30 días.\nTalla | cm\n38 | 24.5")
    ]
    [tabled] = found[2].passages
    assert tabled.body.endswith("Zona | Dias\nNorte | 3")
    assert [one.language for one in found] == ["es", "es", "pt", "es"]
    assert "niños" in found[3].passages[0].body


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_a_text_is_read_in_whatever_encoding_programs_here_write(encoding: str) -> None:
    text = "Los niños pagan la mitad, y los de un año nada."
    assert read_plain(text.encode(encoding)).blocks == [Block(text)]


def test_a_text_box_stands_beside_the_paragraph_that_it_hangs_on() -> None:
    before, after = "<w:r><w:t>La garantía cubre doce meses. </w:t></w:r>", "<w:r><w:t>Y sigue.</w:t></w:r>"
    boxes = box(paragraph("Nota", "Ttulo2"), paragraph("Al margen."), f"<w:p>{box(paragraph('Dentro.'))}</w:p>")
    read = read_docx(docx(f"{paragraph('Manual', 'Ttulo1')}<w:p>{before}{boxes}{after}</w:p>"))
    assert [(block.text, block.headings) for block in read.blocks] == [
        ("Al margen.", ("Manual", "Nota")),
        ("Dentro.", ("Manual", "Nota")),
        ("La garantía cubre doce meses. Y sigue.", ("Manual",)),
    ]


def test_a_paragraph_that_was_a_heading_before_a_tracked_change_is_none() -> None:
    was = '<w:pPrChange><w:pPr><w:pStyle w:val="Ttulo1"/></w:pPr></w:pPrChange>'
    changed = f"<w:p><w:pPr>{was}</w:pPr><w:r><w:t>Doce meses.</w:t></w:r></w:p>"
    assert read_docx(docx(changed)).blocks == [Block("Doce meses.")]
