"""The files that pages load: our style and scripts, and the libraries that npm brought."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from casework.errors import NotFound
from gateway.console.pages import HERE

router = APIRouter(prefix="/console", include_in_schema=False)
_KEPT = {"Cache-Control": "public, max-age=300"}
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOLDERS = (HERE / "scripts", HERE / "vendor")
"""`vendor` is not in git: `make install` fills it from package-lock.json."""


@router.get("/style.css")
async def style() -> FileResponse:
    return _sent(HERE / "style.css")


@router.get("/mark.svg")
async def mark() -> FileResponse:
    return _sent(HERE / "mark.svg")


@router.get("/files/{name}")
async def file(name: str) -> FileResponse:
    """One of the files in the two folders, by its very name. Raises NotFound."""
    for folder in _FOLDERS:
        for known in folder.glob("*"):
            if known.name == name and known.suffix in _TYPES:
                return _sent(known)
    raise NotFound("no such file")


def _sent(path: Path) -> FileResponse:
    return FileResponse(path, media_type=_TYPES[path.suffix], headers=_KEPT)
