"""A scenario's documents as Word files, which every channel carries."""

import zipfile
from io import BytesIO
from xml.sax.saxutils import escape

_WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"


def as_docx(text: str) -> bytes:
    """Lines of `text` as paragraphs; those that begin with `# ` are headings."""
    body = "".join(_paragraph(line) for line in text.splitlines() if line.strip())
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{_TYPES}"/>')
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{_WORDS}"><w:body>{body}</w:body></w:document>')
    return out.getvalue()


def _paragraph(line: str) -> str:
    heading = line.startswith("# ")
    marked = '<w:pPr><w:outlineLvl w:val="0"/></w:pPr>' if heading else ""
    return f"<w:p>{marked}<w:r><w:t>{escape(line.removeprefix('# '))}</w:t></w:r></w:p>"
