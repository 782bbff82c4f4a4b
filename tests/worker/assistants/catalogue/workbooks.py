"""Writes minimal workbooks, and malicious ones."""

import io
from collections.abc import Iterable
from itertools import chain, repeat
from zipfile import ZIP_DEFLATED, ZipFile

_TYPES = """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"""
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATION = '<Relationship Id="r1" Type="{type}" Target="{target}"/>'
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
)
_MANIFEST = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_BOOK = f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>'


def xlsx(cells: dict[str, str], *, merged: str = "", rows: str = "") -> bytes:
    """Return a workbook with texts in these cells ({"A1": "id"}); `rows` is XML that comes before them."""
    written = "".join(
        f'<row r="{_row(place)}"><c r="{place}" t="inlineStr"><is><t>{text}</t></is></c></row>'
        for place, text in cells.items()
    )
    merges = f'<mergeCells><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
    return packed([f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}{written}</sheetData>{merges}</worksheet>'])


def packed(sheet: Iterable[str]) -> bytes:
    """Return a workbook with this XML, in parts, as its sheet."""
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        book = _RELATION.format(type=f"{_OFFICE}/officeDocument", target="xl/workbook.xml")
        first = _RELATION.format(type=f"{_OFFICE}/worksheet", target="worksheets/sheet1.xml")
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _RELATIONS.format(book))
        archive.writestr("xl/workbook.xml", _BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", _RELATIONS.format(first))
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as written:
            for part in sheet:
                written.write(part.encode())
    return out.getvalue()


def bomb(megabytes: int) -> bytes:
    """Return a workbook whose sheet is this many megabytes uncompressed, about a thousandth of that compressed."""
    text = "x" * 1_000_000
    start = f'<worksheet xmlns="{_MAIN}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>'
    end = "</t></is></c></row></sheetData></worksheet>"
    return packed(chain([start], repeat(text, megabytes), [end]))


def ods(repeated_rows: int, repeated_columns: int) -> bytes:
    """Return a LibreOffice workbook with one text, repeated."""
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    table = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
    words = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    content = (
        f'<office:document-content xmlns:office="{office}" xmlns:table="{table}" xmlns:text="{words}">'
        '<office:body><office:spreadsheet><table:table table:name="S">'
        f'<table:table-row table:number-rows-repeated="{repeated_rows}">'
        f'<table:table-cell table:number-columns-repeated="{repeated_columns}" office:value-type="string">'
        "<text:p>x</text:p></table:table-cell></table:table-row>"
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", _MANIFEST)
        archive.writestr("content.xml", content)
    return out.getvalue()


def _row(place: str) -> str:
    return place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
