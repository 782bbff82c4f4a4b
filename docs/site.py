"""Makes one site of the pages in docs/ and the files around them; a hook of mkdocs.

The pages are written to be read in the repository, so they link to files outside of docs/. On the site such a file is a page, if
it is one of `PAGES`, and a plain file below source/ otherwise; of a link to a folder only the text remains. A link to
something that does not exist stays as it is, and the strict build reports it.
"""

import re
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from typing import Any

from mkdocs.structure.files import File, Files, InclusionLevel

ROOT = Path(__file__).parent.parent
#: Page of the site -> file in the repository.
PAGES = {
    "index.md": "README.md",
    "contributing.md": "CONTRIBUTING.md",
    "reporting.md": "SECURITY.md",
    "changelog.md": "CHANGELOG.md",
}
_LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?![a-z]+:|#)(?P<path>[^)\s#]+)(?P<anchor>#[^)]*)?\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages from outside of docs/, and every file that a page links to."""
    for page, source in PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text(encoding="utf-8")))
    linked = {
        _in_repository(file, link["path"])
        for file in files.documentation_pages()
        for link in _LINK.finditer(file.content_string)
    }
    for target in linked:
        place = _on_site(target)
        if place.startswith("source/"):
            files.append(
                File.generated(
                    config, place, abs_src_path=str(ROOT / target), inclusion=InclusionLevel.INCLUDED
                )
            )
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let the links of a page lead to where their targets are on the site."""

    def moved(link: re.Match[str]) -> str:
        target = _in_repository(page.file, link["path"])
        if (ROOT / target).is_dir():
            return link["text"]
        place = _on_site(target)
        path = relpath(place, PurePosixPath(page.file.src_uri).parent) if place else link["path"]
        return f"[{link['text']}]({path}{link['anchor'] or ''})"

    return _LINK.sub(moved, markdown)


def _in_repository(file: File, link: str) -> str:
    source = PAGES.get(file.src_uri, f"docs/{file.src_uri}")
    return normpath(PurePosixPath(source).parent / link)


def _on_site(target: str) -> str:
    """Return where a file of the repository is on the site; nothing if it does not exist."""
    for page, source in PAGES.items():
        if source == target:
            return page
    if target.startswith("docs/"):
        return target.removeprefix("docs/")
    return f"source/{target}" if (ROOT / target).is_file() else ""
