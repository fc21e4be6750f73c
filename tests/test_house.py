"""What a reader may rely on in every file: its size, its place, and what it never contains."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = {
    ".ci",
    "activities",
    "benchmarks",
    "casework",
    "cli",
    "deploy",
    "docs",
    "gateway",
    "integrations",
    "policies",
    "storage",
    "tests",
    "workers",
    "workflows",
}
KINDS = {
    *(".py", ".toml", ".lock", ".yaml", ".yml", ".json", ".jsonl", ".sh"),
    *(".md", ".svg", ".html", ".css", ".js", ".ts", ".example", ".pot"),
}
NAMED_BY_THEIR_TOOL = {
    "Dockerfile",
    "Makefile",
    "run",
    ".dockerignore",
    ".gitattributes",
    ".gitignore",
}
ROOMY = ("tests/", "storage/migrations/")
"""Here a module may have 500 lines instead of 300: lists of cases and of columns read well long."""

PERMITTED_IN_THE_LANGUAGE = {"casework", "pydantic", "pydantic_core"}
EXPRESSIONS = "casework/expressions.py"
"""The single module behind which the expression engine sits."""

# Written in pieces so that this file does not contain what it forbids.
OF_ONE_MACHINE = re.compile(
    r"(^|[^A-Za-z0-9.$}_-])/(home|root|Users|wor" + r"k)/" + r"|--(extra-)?index" + r"-url"
    r"|https?://[^ ]*/(simple|packages)/",
)


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    return [name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def modules(tracked: list[str]) -> dict[str, ast.Module]:
    return {
        name: ast.parse((ROOT / name).read_text(encoding="utf-8"), filename=name)
        for name in tracked
        if name.endswith(".py")
    }


def test_no_module_has_outgrown_its_room(tracked: list[str]) -> None:
    sizes = {
        name: len((ROOT / name).read_text(encoding="utf-8").splitlines())
        for name in tracked
        if name.endswith(".py")
    }

    too_long = [
        f"{name}: {size} lines"
        for name, size in sizes.items()
        if size > (500 if name.startswith(ROOMY) else 300)
    ]

    assert too_long == []


def test_every_function_reads_as_a_story(modules: dict[str, ast.Module]) -> None:
    ours = {name: tree for name, tree in modules.items() if not name.startswith("tests/")}

    too_long = [
        f"{name}:{node.lineno} {node.name}"
        for name, tree in ours.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno >= 40
    ]

    assert too_long == []


def test_no_exception_is_swallowed_whole(modules: dict[str, ast.Module]) -> None:
    swallowed = [
        f"{name}:{line}" for name, tree in modules.items() for line in _swallowing_lines(tree)
    ]

    assert swallowed == []


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    go()\nexcept ValueError:\n    pass",
        "try:\n    go()\nexcept ValueError:\n    ...",
        "with suppress(Exception):\n    go()",
        "with contextlib.suppress(BaseException):\n    go()",
    ],
)
def test_every_way_to_swallow_an_exception_is_seen(code: str) -> None:
    tree = ast.parse(code)

    lines = list(_swallowing_lines(tree))

    assert len(lines) == 1


def test_the_language_of_cases_imports_pydantic_and_the_standard_library_alone(
    modules: dict[str, ast.Module],
) -> None:
    language = {name: tree for name, tree in modules.items() if name.startswith("casework/")}

    foreign = [
        f"{name}: {package}"
        for name, tree in language.items()
        for package in _imported_packages(tree)
        if package not in sys.stdlib_module_names | PERMITTED_IN_THE_LANGUAGE
        and not (name == EXPRESSIONS and package == "cel_expr_python")
    ]

    assert foreign == []


def test_only_the_rooms_of_the_house_exist(tracked: list[str]) -> None:
    folders = {name.split("/")[0] for name in tracked if "/" in name}

    assert folders <= FOLDERS


def test_every_file_is_of_a_kind_that_belongs_here(tracked: list[str]) -> None:
    strangers = [
        name
        for name in tracked
        if Path(name).suffix not in KINDS and Path(name).name not in NAMED_BY_THEIR_TOOL
    ]

    assert strangers == []


def test_the_resolver_s_own_lock_is_not_committed(tracked: list[str]) -> None:
    assert [name for name in tracked if Path(name).name == "uv.lock"] == []


def test_no_file_names_a_machine_or_a_package_index(tracked: list[str]) -> None:
    named = [
        f"{name}:{number}"
        for name in tracked
        for number, line in enumerate(_lines_of_text(ROOT / name), start=1)
        if OF_ONE_MACHINE.search(line)
    ]

    assert named == []


def test_what_is_deployed_is_a_part_of_what_is_tested() -> None:
    tested = _pins(ROOT / "requirements.lock")

    deployed = _pins(ROOT / "deploy" / "runtime.lock")

    assert deployed.items() <= tested.items()
    assert all(hashes for hashes in tested.values())


def test_every_declared_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = project["project"]["dependencies"] + project["dependency-groups"]["dev"]

    names = {re.split(r"[\[<>=!~; ]", line, maxsplit=1)[0] for line in declared}

    assert names <= {pin.split("==")[0] for pin in _pins(ROOT / "requirements.lock")}


def test_an_installed_wheel_brings_its_policies_and_not_its_tests(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]

    subprocess.run([*build, str(tmp_path)], cwd=ROOT, check=True, capture_output=True)

    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(name for name in names if name.endswith("/METADATA")))
    assert "policies/harassment.yaml" in names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]
    assert b"Classifier: Private :: Do Not Upload" in metadata


def _swallowing_lines(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and all(_says_nothing(line) for line in node.body):
            yield node.lineno
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            caught = {ast.unparse(argument) for argument in node.args}
            if caught & {"Exception", "BaseException"}:
                yield node.lineno


def _says_nothing(line: ast.stmt) -> bool:
    return isinstance(line, ast.Pass) or (
        isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)
    )


def _imported_packages(tree: ast.Module) -> set[str]:
    packages = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            packages |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            packages.add((node.module or "").split(".")[0])
    return packages


def _lines_of_text(path: Path) -> list[str]:
    content = path.read_bytes()
    return [] if b"\0" in content else content.decode("utf-8").splitlines()


def _pins(lock: Path) -> dict[str, frozenset[str]]:
    """Each `name==version` of a lock file, with its hashes."""
    pins: dict[str, set[str]] = {}
    pin = ""
    for line in lock.read_text(encoding="utf-8").splitlines():
        if found := re.match(r"([a-z0-9-]+)(?:\[[^\]]*\])?(==[^ ;]+)", line):
            pin = "".join(found.groups())
            pins[pin] = set()
        if found := re.search(r"--hash=(\S+)", line):
            pins[pin].add(found[1])
    return {pin: frozenset(hashes) for pin, hashes in pins.items()}
