"""What the pages promise is there: links, anchors, commands, settings, codes, page reasons."""

import ast
import re
import shlex
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
import typer
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from casework import errors
from casework.errors import CaseworkError
from casework.words import PlatformState
from cli.main import app
from gateway import problems
from integrations.http import Outbound
from integrations.platform.client import HttpPlatform
from integrations.platform.settings import PlatformSettings
from storage.policy_files import KNOWN_CHECKS
from tests.integrations import cases
from workers import outside, platforms
from workers.settings import NEEDED_IN_PRODUCTION, Settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(
    [
        *DOCS.rglob("*.md"),
        *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
        ROOT / "deploy" / "temporal" / "queries.md",
    ]
)
CODE = ("activities", "workflows", "workers", "gateway")
SECRET = "whsec_" + "c2VjcmV0IGZvciBhIHBhZ2Ugb2YgdGhlIGRvY3M="

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
_ANCHOR = re.compile(r'<a id="([^"]+)"></a>')
_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(casework [^`\n]+)`")
_COMMAND = re.compile(r"(?:^|[ (])casework +((?:[a-z-]|--).*)$")
_NEVER_PAGES = {"cases"}
"""The lane of notes for the console, which may fail."""
_GIVEN_BY_WIRING = {
    "CASEWORK_PLATFORM_BASE_URL",
    "CASEWORK_PLATFORM_SIGNING_KEYS",
    "CASEWORK_DISCORD_BASE_URL",
    "CASEWORK_DISCORD_TOKEN",
    "CASEWORK_MATRIX_ACCESS_TOKEN",
    "CASEWORK_MATRIX_BASE_URL",
    "CASEWORK_OZONE_BASE_URL",
    "CASEWORK_OZONE_PASSWORD",
    "CASEWORK_VENDOR_MODERATION_BASE_URL",
}
"""Never read from the environment, because the processes' own settings fill them."""
_LATER = "/namespaces/"
"""Where a link of the Temporal UI begins; it is put behind that server's address."""


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _prose(page: Path) -> str:
    return _FENCE.sub("", _text(page))


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _slug(heading: str) -> str:
    """As GitHub makes an anchor of a heading."""
    plain = re.sub(r"[`*]|!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")


def _anchors(page: Path) -> set[str]:
    text = _prose(page)
    return {_slug(heading) for heading in _HEADING.findall(text)} | set(_ANCHOR.findall(text))


# -- links -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = [link for link in _LINK.findall(_prose(page)) if "://" not in link]

    dead = [link for link in links if not link.startswith(_LATER) and _is_dead(page, link)]

    assert dead == []


def _is_dead(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / unquote(path)).resolve() if path else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return True
    return bool(anchor) and (target.suffix != ".md" or anchor not in _anchors(target))


def test_every_page_can_be_reached_from_the_index() -> None:
    seen, ahead = set[Path](), [DOCS / "README.md"]
    while ahead:
        page = ahead.pop()
        seen.add(page)
        linked = [(page.parent / link.partition("#")[0]).resolve()
                  for link in _LINK.findall(_prose(page)) if "://" not in link]  # fmt: skip
        ahead += [found for found in linked if found.suffix == ".md" and found not in seen]

    missing = [_name(page) for page in DOCS.rglob("*.md") if page not in seen]

    assert missing == []


@pytest.mark.parametrize("drawing", sorted(DOCS.rglob("*.svg")), ids=_name)
def test_a_drawing_is_readable_without_being_seen_and_loads_nothing(drawing: Path) -> None:
    root = ElementTree.parse(drawing).getroot()

    names = {child.tag.rpartition("}")[2] for child in root.iter()}

    assert {"title", "desc"} <= names
    assert not names & {"script", "image", "foreignObject", "use"}


# -- decisions -------------------------------------------------------------------------------------


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    pages = sorted(path for path in (DOCS / "adr").glob("*.md") if path.name != "README.md")
    index = _text(DOCS / "adr" / "README.md")

    numbers = [page.name[:4] for page in pages]

    assert numbers == [f"{number:04}" for number in range(1, len(pages) + 1)]
    assert [page.name for page in pages if f"({page.name})" not in index] == []
    assert [p.name for p in pages if not _text(p).startswith(f"# {p.name[:4]}. ")] == []


@pytest.mark.parametrize("part", ["Context", "Decision", "Consequences"])
def test_every_decision_says_what_would_change_our_mind_and_why(part: str) -> None:
    pages = [path for path in (DOCS / "adr").glob("*.md") if path.name != "README.md"]

    silent = [
        page.name
        for page in pages
        if not {f"## {part}", "## What would change our mind"} <= set(_text(page).splitlines())
    ]

    assert silent == []


# -- the runbook -----------------------------------------------------------------------------------


def test_every_page_reason_has_a_section_in_the_runbook() -> None:
    reasons = _reasons()

    missing = reasons - set(_ANCHOR.findall(_text(DOCS / "runbook.md")))

    assert len(reasons) > 8
    assert missing == set()


_NAMED = ("ASKED", "ENDED", "TRIPPED", "UNSERVED")
"""What page reasons that are said in more than one place are called in the code."""


def _reasons() -> set[str]:
    trees = [
        ast.parse(path.read_text(encoding="utf-8"))
        for folder in CODE
        for path in (ROOT / folder).rglob("*.py")
    ]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    said = {reason for call in calls for reason in _said_in(call)}
    asked = {value for tree in trees for name in _NAMED for value in _constant(tree, name)}
    return said | asked | {f"blocked_{check}" for check in KNOWN_CHECKS}


def _said_in(call: ast.Call) -> Iterator[str]:
    """Page reasons, runbook topics, and what a lane is called when it pages."""
    called = ast.unparse(call.func).rpartition(".")[2]
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    found: list[tuple[ast.expr | None, str]] = [(named.get("page_reason"), "")]
    if called in {"Page", "EscalationStart"}:
        found.append((named.get("reason"), ""))
    if called in {"page", "runbook", "resolve"}:
        found.append((call.args[0] if call.args else None, ""))
    if called == "Lane":
        found.append((call.args[0] if call.args else None, "blocked_"))
    for value, prefix in found:
        if isinstance(value, ast.Constant) and value.value not in _NEVER_PAGES:
            yield prefix + str(value.value)


def _constant(tree: ast.Module, name: str) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            yield ast.literal_eval(node.value)


# -- threats ---------------------------------------------------------------------------------------


def test_every_threat_has_a_row_and_every_test_it_names_is_there() -> None:
    text = _text(DOCS / "threats.md")

    numbers = re.findall(r"^\| T(\d+) \|", text, re.MULTILINE)
    missing = [path for path in re.findall(r"`(tests/[^`]+)`", text) if not (ROOT / path).exists()]

    assert [int(number) for number in numbers] == list(range(1, 29))
    assert missing == []


# -- commands --------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_command_that_is_mentioned_exists(page: Path) -> None:
    unknown = [line for line in _commands(_text(page)) if not _is_known(line)]

    assert unknown == []


def test_an_unknown_command_or_option_is_noticed() -> None:
    text = (
        "`casework case show CASE` and `casework up --prot 1`\n"
        "```sh\nexec casework up --port 1\ncasework case mend X  # never\n```\n"
    )

    unknown = [line for line in _commands(text) if not _is_known(line)]

    assert unknown == ["case mend X", "up --prot 1"]


def _commands(text: str) -> list[str]:
    shell = [body for kind, body in _FENCE.findall(text) if kind == "sh"]
    lines = [line for body in shell for line in body.splitlines()]
    lines += _INLINE.findall(_FENCE.sub("", text))
    found = [_COMMAND.search(line.partition(" #")[0].rstrip()) for line in lines]
    return [match[1] for match in found if match]


def _is_known(line: str) -> bool:
    """Whether its commands and options exist. What is no command is taken for an argument."""
    command: Any = typer.main.get_command(app)
    for word in shlex.split(line.split(" && ")[0], comments=True):
        if word == "--help":
            continue
        if word.startswith("--"):
            known = {option for each in command.params for option in each.opts}
            if word.partition("=")[0] not in known:
                return False
        elif (commands := getattr(command, "commands", None)) is not None:
            if word not in commands:
                return False
            command = commands[word]
    return True


# -- settings --------------------------------------------------------------------------------------


def test_every_setting_is_in_the_table_with_what_production_needs() -> None:
    table = _text(ROOT / "README.md").partition("## Configuration")[2].partition("Adapters have")[0]
    rows = dict(re.findall(r"^\| `CASEWORK_(\w+)`( •)? \|", table, re.MULTILINE))

    expected = {
        name.upper(): " •" if name in NEEDED_IN_PRODUCTION else "" for name in Settings.model_fields
    }

    assert rows == expected


def test_every_setting_of_an_adapter_is_explained() -> None:
    text = _text(ROOT / "README.md")
    wired = {**vars(outside), **vars(platforms)}
    of_adapters = (each for each in wired.values() if _has_variables(each))
    names = {name for each in of_adapters for name in _variables(each)} - _GIVEN_BY_WIRING

    missing = [name for name in sorted(names) if f"`{name}`" not in text]

    assert len(names) > 10
    assert missing == []


def _has_variables(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, BaseSettings) and thing is not BaseSettings


def _variables(adapter: type[BaseSettings]) -> Iterator[str]:
    for name in adapter.model_fields:
        yield f"{adapter.model_config.get('env_prefix', '')}{name.upper()}"


# -- the HTTP contract -----------------------------------------------------------------------------


def test_every_error_code_is_explained() -> None:
    raised = {error.code for error in vars(errors).values() if _is_ours(error)}
    explained = set(re.findall(r"^\| (`.+?) \|", _text(DOCS / "api.md"), re.MULTILINE))
    codes = {code for cell in explained for code in re.findall(r"`(\w+)`", cell)}

    assert (raised | set(problems._TITLES)) - codes == set()


def _is_ours(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, CaseworkError)


def test_every_address_of_the_contract_is_on_its_page() -> None:
    text = _text(DOCS / "api.md")
    routes = [route for route in _routes() if route.startswith(("/v1", "/healthz", "/readyz"))]

    missing = [route for route in routes if not _is_mentioned(route, text)]

    assert len(routes) > 15
    assert missing == []


def _routes() -> Iterator[str]:
    """The addresses that route modules name, as they are written there."""
    for path in (ROOT / "gateway" / "routes").glob("*.py"):
        source = path.read_text(encoding="utf-8")
        prefix = re.search(r'APIRouter\(prefix="([^"]*)"', source)
        for route in re.findall(r'@\w+\.(?:get|post|delete)\(\s*"([^"]*)"', source):
            yield (prefix[1] if prefix else "") + route


def _is_mentioned(route: str, text: str) -> bool:
    if route in text:
        return True
    part = re.fullmatch(r"/v1/(?:reviews|recalls)/\{\w+\}(/\w+)", route)
    return part is not None and f"`{part[1]}`" in text


# -- the platform in one file ----------------------------------------------------------------------


@pytest.fixture
def platform_in_one_file(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    monkeypatch.setenv("PLATFORM_SECRETS", SECRET)
    blocks = _FENCE.findall(_text(DOCS / "how-to" / "connect-a-platform.md"))
    [source] = [body for kind, body in blocks if kind == "python"]
    module = ModuleType("platform_in_one_file")
    exec(compile(source, "connect-a-platform.md", "exec"), module.__dict__)
    module.__dict__["Platform"].log_message = lambda *_: None
    server: ThreadingHTTPServer = module.__dict__["serve"](0)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield server
    server.shutdown()
    serving.join()
    server.server_close()


async def test_the_platform_in_one_file_keeps_the_contract(
    platform_in_one_file: ThreadingHTTPServer,
) -> None:
    address = f"http://127.0.0.1:{platform_in_one_file.server_port}"
    settings = PlatformSettings(base_url=address, signing_keys=(SecretStr(SECRET),))
    action = cases.action()
    async with Outbound() as http:
        platform = HttpPlatform(http, settings)

        before = await platform.read_back(action)
        await platform.carry_out(action)
        await platform.carry_out(action)
        applied = await platform.read_back(action)
        await platform.revert(action)
        await platform.revert(action)
        after = await platform.read_back(action)
        await platform.revert(cases.action(action_id="a-2"))

    assert before is PlatformState.ABSENT
    assert applied is PlatformState.APPLIED
    assert after is PlatformState.REVERTED


async def test_the_platform_in_one_file_turns_forgeries_down(
    platform_in_one_file: ThreadingHTTPServer,
) -> None:
    address = f"http://127.0.0.1:{platform_in_one_file.server_port}"
    forged = SecretStr("whsec_" + "YW5vdGhlciBzZWNyZXQgb2YgbG9uZyBlbm91Z2g=")
    async with Outbound() as http:
        platform = HttpPlatform(http, PlatformSettings(base_url=address, signing_keys=(forged,)))

        with pytest.raises(errors.TurnedDown):
            await platform.carry_out(cases.action())
