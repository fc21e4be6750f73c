"""The plain pages on which simulators show what they have received."""

from collections.abc import Iterable, Sequence
from html import escape

_STYLE = (
    "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;"
    "color:#1c2430;background:#f7f8fa}h1{font-size:1.4rem}h2{font-size:1.05rem;margin-top:2rem}"
    "table{border-collapse:collapse;width:100%;background:#fff}td,th{text-align:left;"
    "vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid #e3e6eb}th{font-weight:600}"
    "td{white-space:pre-wrap;overflow-wrap:anywhere}p{color:#5a6575}"
)


def page(title: str, *parts: str) -> str:
    """A whole page; it loads nothing, runs nothing, and asks for itself again every five seconds.
    `title` is escaped, `parts` are made by `table` and `paragraph`."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="refresh" content="5">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{''.join(parts)}</body></html>"
    )


def paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def table(heading: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(_row(row) for row in rows)
    nothing = f'<tr><td colspan="{len(columns)}">nothing yet</td></tr>'
    return (
        f"<h2>{escape(heading)}</h2><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body or nothing}</tbody></table>"
    )


def _row(cells: Sequence[object]) -> str:
    return "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"
