"""Sets one document, in a process of its own: `python -m center.documents.typesetting`.

Reads a request as JSON from standard input, and writes the file to standard output. The process first limits
its own memory and processor time. Nothing of a document is evaluated: its texts are data of our own page.
"""

from __future__ import annotations

import io
import os
import resource
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from cases.forms import Content

MEMORY_BYTES: Final = 1536 * 1024 * 1024
CPU_S: Final = 10
UNSETTABLE: Final = 3
"""The exit status for a text that cannot be set; standard error says why."""
FONTS: Final = Path(__file__).parent / "fonts"
_LAYOUT: Final = Path(__file__).parent / "layout.typ"
_SIGNATURE_PX: Final = (600, 240)

Strokes = Sequence[Sequence[tuple[float, float]]]
"""Lines of a pen: points as shares of width and height, 0 to 1."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to set.

    Attributes:
        form: `pdf` or `docx`.
        strokes: of each signature that was made on the pad, by its place among the signatures.
    """

    form: str
    content: Content
    strokes: dict[int, list[list[tuple[float, float]]]] = {}


def limit() -> None:
    """Limit this process: its address space, its processor time, its files."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def signature_png(strokes: Strokes) -> bytes:
    """The picture of a signature."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 (only a document with signatures needs it)

    width, height = _SIGNATURE_PX
    picture = Image.new("L", _SIGNATURE_PX, 255)
    draw = ImageDraw.Draw(picture)
    for stroke in strokes:
        points = [(x * width, y * height) for x, y in stroke]
        draw.line([*points, points[-1]], fill=0, width=5, joint="curve")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def pdf(request: Request) -> bytes:
    """The document as PDF/A-2b, which archives take."""
    import typst  # noqa: PLC0415 (the other form does not need it)

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for place, strokes in request.strokes.items():
            (root / f"signature-{place}.png").write_bytes(signature_png(strokes))
        page = root / "page.typ"
        page.write_bytes(_LAYOUT.read_bytes())
        content = msgspec.to_builtins(request.content) | {"pictures": sorted(request.strokes)}
        return typst.compile(
            page,
            root=root,
            font_paths=[FONTS],
            sys_inputs={"content": msgspec.json.encode(content).decode()},
            pdf_standards="a-2b",
        )


def docx(request: Request) -> bytes:
    """The document as a file for word processors."""
    from docx import Document  # noqa: PLC0415
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415
    from docx.shared import Mm, Pt  # noqa: PLC0415

    content = request.content
    file = Document()
    file.core_properties.title, file.core_properties.author = content.title, content.authority
    usual = file.styles["Normal"]
    usual.font.name, usual.font.size = "SimSun", Pt(11)
    usual.element.rPr.rFonts.set(qn("w:eastAsia"), "SimSun")
    title = file.add_paragraph()
    title.alignment = ALIGN.CENTER
    run = title.add_run(content.title)
    run.bold, run.font.size = True, Pt(19)
    file.add_paragraph(content.number or "").alignment = ALIGN.RIGHT
    if content.rows:
        table = file.add_table(rows=0, cols=2, style="Table Grid")
        for label, text in content.rows:
            left, right = table.add_row().cells
            left.text, right.text = label, text
            left.width, right.width = Mm(32), Mm(128)
    for paragraph in content.text:
        added = file.add_paragraph(paragraph)
        if not paragraph.endswith("："):
            added.paragraph_format.first_line_indent = Pt(22)
    for place, (label, name) in enumerate(content.signatures):
        added = file.add_paragraph(f"{label}：{name}")
        if place in request.strokes:
            added.add_run().add_picture(io.BytesIO(signature_png(request.strokes[place])), height=Mm(16))
    for text in (content.authority, content.date):
        file.add_paragraph(text).alignment = ALIGN.RIGHT
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def main() -> None:
    """Set the document of the request on standard input; a text that cannot be set ends it with 3."""
    limit()
    os.environ["HTTPS_PROXY"] = os.environ["HTTP_PROXY"] = "http://127.0.0.1:9"  # nothing is ever fetched
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)
    try:
        made = pdf(request) if request.form == "pdf" else docx(request)
    except RuntimeError as error:  # typst's, such as for a character that no font has
        sys.stderr.write(str(error))
        sys.exit(UNSETTABLE)
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
