"""The rules of the house, kept by tests; each message says what to do instead. A rule is a function from a
module to the breaches in it, so that `test_each_rule_finds_its_breach` can show that it finds some."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("fake_phones", "fake_carriers", "fake_iccs", "video_service")
LIBRARIES = ("lean_rtc", "draws", "stand_alone")
PACKAGES = (*PARTS, *LIBRARIES, "sim", "reports", "scenarios")
FILE_LINES, FUNCTION_LINES, LINE_LETTERS = 300, 70, 110

SHARED_RULES = (  # pure; the real part and the model follow them
    "fake_iccs.distribution",
    *(f"fake_carriers.{rule}" for rule in ("fate", "fates", "moods", "magic")),
    *(f"fake_carriers.{rule}" for rule in ("numbering", "throttle", "state")),
    *("video_service.outbox", "video_service.pace"),
    *(f"fake_phones.radio.{rule}" for rule in ("link", "exchange", "profiles")),
    "fake_phones.scenes.catalogue",
)
STORIES_MAY_IMPORT = (
    *("sim.acts", "sim.ambulance", "sim.call", "sim.clock", "sim.journal", "sim.ports", "sim.stories"),
    *("simpy", "collections.abc", "dataclasses", "typing"),
)
REPORTS_MAY_IMPORT = ("sim.journal", "sim.sessions", "sim.checks.metrics", "sim.twin")
CLOCKS = (
    *("time.", "datetime.datetime.now", "datetime.datetime.today", "datetime.datetime.utcnow"),
    *("datetime.date.today", "random.", "numpy.random."),
)
CLOCKS_ALLOWED = {
    ("sim/new_folder.py", "datetime.datetime.now"),  # names a folder, decides nothing
    ("sim/live/forgery.py", "time.time"),  # dates a receipt that must be refused
    # locust's processes own the moments of arrival: they wait for one clock and measure against it
    *((f"sim/load/{name}.py", "time.monotonic") for name in ("lag", "measured", "meeting", "player")),
}
PRIVATE = re.compile(r"_RTC\w+__\w+|^get_host_addresses$")
BAD_NAMES = re.compile(r"util|helper|manager|common|misc", re.IGNORECASE)


@dataclass(frozen=True)
class Module:
    """One Python file: its path from the root, its text, its syntax."""

    path: str
    text: str

    @property
    def package(self) -> str:
        return self.path.split("/")[0]

    @property
    def tree(self) -> ast.Module:
        return _parsed(self.text)

    def imports(self) -> Iterator[tuple[int, str]]:
        """(line, dotted name) of everything imported: of `from a import b`, `a.b`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((node.lineno, f"{self._base(node)}.{alias.name}") for alias in node.names)

    def _base(self, node: ast.ImportFrom) -> str:
        above = self.path.removesuffix(".py").split("/")[: -node.level] if node.level else []
        return ".".join([*above, *([node.module] if node.module else [])])

    def at(self, line: int, what: str) -> str:
        return f"{self.path}:{line}: {what}"


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


Rule = Callable[[Module], list[str]]


@cache
def modules() -> list[Module]:
    found = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return [Module(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in found]


@cache
def texts() -> list[tuple[str, str]]:
    """(path, text) of every file that is or will be committed."""
    told = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True
    )
    found = []
    for name in filter(None, told.stdout.decode().split("\0")):
        try:
            found.append((name, (ROOT / name).read_text(encoding="utf-8")))
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):  # a picture, or removed
            continue
    return found


def is_in(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


# ---- who knows whom


def parts_know_nobody(module: Module) -> list[str]:
    if module.package not in (*PARTS, *LIBRARIES):
        return []
    libraries = LIBRARIES if module.package in PARTS else ()
    others = tuple(p for p in PACKAGES if p != module.package and p not in libraries)
    return [module.at(line, f"imports {name}") for line, name in module.imports() if is_in(name, others)]


def sim_knows_no_part(module: Module) -> list[str]:
    if module.package != "sim":
        return []
    allowed = SHARED_RULES if module.path.startswith("sim/models/") else ()
    return [
        module.at(line, f"imports {name}")
        for line, name in module.imports()
        if is_in(name, PARTS) and not is_in(name, allowed)
    ]


def stories_know_ports(module: Module) -> list[str]:
    if not module.path.startswith("sim/stories/"):
        return []
    return [
        module.at(line, f"imports {name}")
        for line, name in module.imports()
        if not is_in(name, STORIES_MAY_IMPORT)
    ]


def reports_know_run_folders(module: Module) -> list[str]:
    if module.package != "reports":
        return []
    others = ("sim", "scenarios", *PARTS, *LIBRARIES)
    return [
        module.at(line, f"imports {name}")
        for line, name in module.imports()
        if is_in(name, others) and not is_in(name, REPORTS_MAY_IMPORT)
    ]


def locust_stays_alone(module: Module) -> list[str]:
    names = [name for _, name in module.imports()]
    media = [name for name in names if is_in(name, ("aiortc", "av", "lean_rtc", "fake_phones"))]
    return (
        [module.at(1, f"locust beside {media[0]}")]
        if media and any(is_in(n, ("locust",)) for n in names)
        else []
    )


def private_names_stay_in_lean_rtc(module: Module) -> list[str]:
    if module.package == "lean_rtc":
        return []
    told = []
    for node in ast.walk(module.tree):
        names = (
            [node.attr]
            if isinstance(node, ast.Attribute)
            else [node.value]
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        told += [module.at(node.lineno, name) for name in names if PRIVATE.search(name)]
    return told


# ---- time, randomness, processes


def time_and_chance_are_arguments(module: Module) -> list[str]:
    if module.package != "sim":
        return []
    known: dict[str, str] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            known |= {alias.asname or alias.name.split(".")[0]: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            known |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return [
        module.at(node.lineno, name)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute | ast.Name)
        and (name := _dotted(node, known)).startswith(CLOCKS)
        and (module.path, name) not in CLOCKS_ALLOWED
    ]


def _dotted(node: ast.expr, known: dict[str, str]) -> str:
    """`monotonic` and `t.monotonic` are `time.monotonic` after the imports that say so."""
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    above = _dotted(node.value, known) if isinstance(node, ast.Attribute) else ""
    return f"{above}.{node.attr}" if above and isinstance(node, ast.Attribute) else ""


def processes_are_not_called_bare(module: Module) -> list[str]:
    """A process function that is called without `yield from` does nothing."""
    if not module.path.startswith(("sim/stories/", "sim/models/", "sim/scripted_operator.py")):
        return []
    processes = _process_names(module.path.startswith("sim/models/")) | (
        _generators(module.tree) - _plain(module.tree)
    )
    return [
        module.at(node.lineno, ast.unparse(node))
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and _name(node.value.func) in processes
    ]


@cache
def _process_names(in_models: bool) -> frozenset[str]:
    """Process functions by name. What is a plain function's name as well is left out."""
    folder = "sim/models/" if in_models else "sim/stories/"
    trees = [m.tree for m in modules() if m.path.startswith((folder, "sim/clock.py"))]
    ports = next(m.tree for m in modules() if m.path == "sim/ports.py")
    names = {name for tree in trees for name in _generators(tree)}
    names |= {
        node.name
        for node in ast.walk(ports)
        if isinstance(node, ast.FunctionDef) and "Process" in ast.unparse(node.returns or ast.Constant(0))
    }
    return frozenset(names - {name for tree in trees for name in _plain(tree)})


def _functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def _generators(tree: ast.AST) -> set[str]:
    """The names of functions with a `yield` of their own."""

    def yields(node: ast.AST) -> bool:
        return any(
            isinstance(inner, ast.Yield | ast.YieldFrom)
            or (not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and yields(inner))
            for inner in ast.iter_child_nodes(node)
        )

    return {function.name for function in _functions(tree) if yields(function)}


def _plain(tree: ast.AST) -> set[str]:
    return {each.name for each in _functions(tree) if each.name not in _generators(ast.Module([each], []))}


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


# ---- sizes and words


def files_and_functions_are_short(module: Module) -> list[str]:
    lines = module.text.splitlines()
    told = [module.at(1, f"{len(lines)} lines")] if len(lines) >= FILE_LINES else []
    for function in _functions(module.tree):
        length = (function.end_lineno or 0) - function.lineno + 1
        if length >= FUNCTION_LINES:
            told.append(module.at(function.lineno, f"{function.name} has {length} lines"))
    return told + [
        module.at(n, f"{len(line)} letters") for n, line in enumerate(lines, 1) if len(line) > LINE_LETTERS
    ]


def modules_say_what_they_are(module: Module) -> list[str]:
    name = module.path.rsplit("/", 1)[-1]
    small = (name == "__init__.py" and not module.text.strip()) or (
        name == "__main__.py" and len(module.tree.body) <= 2
    )
    return [] if small or ast.get_docstring(module.tree) else [module.at(1, "no docstring")]


def names_are_the_domains_nouns(module: Module) -> list[str]:
    return [module.at(1, "the name") for word in module.path.split("/") if BAD_NAMES.search(word)]


RULES: dict[Rule, str] = {
    parts_know_nobody: "a part is a program of its own and a library knows nobody: meet over the wire, "
    f"or move what is shared to a library ({', '.join(LIBRARIES)})",
    sim_knows_no_part: "the lab starts parts as processes (sim/live/parts.py); only sim/models may import "
    f"a part's pure rules, {' and '.join(SHARED_RULES)}",
    stories_know_ports: "a story knows its ports only: put what it needs behind a port (sim/ports.py), "
    "bound in sim/modes.py",
    reports_know_run_folders: f"a report reads the run folder, through {', '.join(REPORTS_MAY_IMPORT)}",
    locust_stays_alone: "locust is gevent: media belong in a process of their own",
    private_names_stay_in_lean_rtc: "private names of aiortc and aioice stand in lean_rtc only, where the "
    "start-up self-test guards them",
    time_and_chance_are_arguments: "take `now` as an argument (env.now, LiveEnvironment.wall) and draw "
    "with `draws`; tokens come from `secrets`",
    processes_are_not_called_bare: "a process runs with `yield from`, or in `env.process(...)`; called "
    "bare it does nothing",
    files_and_functions_are_short: f"files under {FILE_LINES} lines, functions under {FUNCTION_LINES}, "
    f"lines up to {LINE_LETTERS}: split by the next noun of the domain",
    modules_say_what_they_are: "begin the module with a docstring: what it is, in one line",
    names_are_the_domains_nouns: "name the file after what it holds, by the domain's noun",
}

BREACHES: list[tuple[Rule, str, str]] = [
    (parts_know_nobody, "fake_phones/x.py", "from sim.clock import race"),
    (parts_know_nobody, "fake_phones/x.py", "def f():\n    import fake_iccs.server"),
    (parts_know_nobody, "video_service/x.py", "from fake_carriers import fate"),
    (parts_know_nobody, "draws/x.py", "import stand_alone"),
    (sim_knows_no_part, "sim/models/x.py", "from fake_iccs.server import application"),
    (sim_knows_no_part, "sim/models/x.py", "import fake_iccs"),
    (sim_knows_no_part, "sim/resolve.py", "from fake_carriers.fate import fate"),
    (sim_knows_no_part, "sim/live/x.py", "import fake_phones.farm"),
    (stories_know_ports, "sim/stories/x.py", "import asyncio"),
    (stories_know_ports, "sim/stories/x.py", "from sim.live.farm import LiveHandset"),
    (stories_know_ports, "sim/stories/x.py", "from ..models import ModelledIccs"),
    (reports_know_run_folders, "reports/x.py", "from sim.live.conductor import Lived"),
    (reports_know_run_folders, "reports/x.py", "import fake_phones"),
    (locust_stays_alone, "scenarios/locustfile.py", "import locust\nfrom aiortc import RTCPeerConnection"),
    (private_names_stay_in_lean_rtc, "fake_phones/x.py", "sender._RTCRtpSender__encoder"),
    (private_names_stay_in_lean_rtc, "fake_phones/x.py", "getattr(s, '_RTCRtpSender__encoder')"),
    (private_names_stay_in_lean_rtc, "sim/x.py", "aioice.ice.get_host_addresses = None"),
    (private_names_stay_in_lean_rtc, "sim/x.py", "from aioice.ice import get_host_addresses"),
    (time_and_chance_are_arguments, "sim/x.py", "import time\ntime.sleep(1)"),
    (time_and_chance_are_arguments, "sim/x.py", "import time as t\nnow = t.monotonic"),
    (time_and_chance_are_arguments, "sim/x.py", "from time import monotonic\nmonotonic()"),
    (time_and_chance_are_arguments, "sim/x.py", "from datetime import datetime\ndatetime.now()"),
    (time_and_chance_are_arguments, "sim/x.py", "import datetime\ndatetime.datetime.now()"),
    (time_and_chance_are_arguments, "sim/x.py", "import random\nrandom.random()"),
    (time_and_chance_are_arguments, "sim/x.py", "import numpy as np\nnp.random.default_rng()"),
    (
        processes_are_not_called_bare,
        "sim/stories/x.py",
        "def f(stage, call):\n    stage.ports.desk.end(call)\n    yield",
    ),
    (processes_are_not_called_bare, "sim/stories/x.py", "def f(env):\n    pause(env, 1)\n    yield"),
    (processes_are_not_called_bare, "sim/models/x.py", "def g():\n    yield\ndef f(self):\n    self.g()"),
    (files_and_functions_are_short, "sim/x.py", "\n" * FILE_LINES),
    (files_and_functions_are_short, "sim/x.py", "def f():\n" + "    pass\n" * FUNCTION_LINES),
    (files_and_functions_are_short, "sim/x.py", "#" * (LINE_LETTERS + 1)),
    (modules_say_what_they_are, "sim/x.py", "import simpy"),
    (modules_say_what_they_are, "fake_iccs/__main__.py", "import a\nimport b\na.main()"),
    (names_are_the_domains_nouns, "sim/string_utils.py", ""),
    (names_are_the_domains_nouns, "fake_iccs/call_manager/x.py", ""),
]
FINE: list[tuple[Rule, str, str]] = [
    (
        parts_know_nobody,
        "fake_phones/x.py",
        "import lean_rtc\nfrom stand_alone import Feed\nimport fake_phones.film",
    ),
    (parts_know_nobody, "fake_phones/x.py", "import simpy"),
    (sim_knows_no_part, "sim/models/x.py", "from fake_carriers.fate import fate"),
    (stories_know_ports, "sim/stories/x.py", "from sim.clock import race\nfrom sim.ports import Heard"),
    (reports_know_run_folders, "reports/x.py", "from sim.journal import read_journal"),
    (time_and_chance_are_arguments, "sim/x.py", "import asyncio\nasyncio.get_running_loop().time()"),
    (time_and_chance_are_arguments, "sim/new_folder.py", "from datetime import datetime\ndatetime.now()"),
    (
        processes_are_not_called_bare,
        "sim/stories/x.py",
        "def f(env):\n    yield from pause(env, 1)\n    env.process(f(env))",
    ),
    (modules_say_what_they_are, "sim/__main__.py", "from sim.cli import main\n\nmain()\n"),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule(rule: Rule) -> None:
    found = [breach for module in modules() for breach in rule(module)]
    assert not found, f"{RULES[rule]}:\n  " + "\n  ".join(found)


def test_there_is_something_to_keep_the_rules_in() -> None:
    assert len(modules()) > 60
    assert {module.package for module in modules()} >= set(PACKAGES) - {"scenarios"}
    assert len(texts()) > len(modules())
    assert {"hear", "film", "within"} <= _process_names(in_models=False)


@pytest.mark.parametrize(("rule", "path", "text"), BREACHES)
def test_each_rule_finds_its_breach(rule: Rule, path: str, text: str) -> None:
    assert rule(Module(path, text)) != []
    assert {breach[0] for breach in BREACHES} == set(RULES)


@pytest.mark.parametrize(("rule", "path", "text"), FINE)
def test_a_rule_does_not_find_what_is_fine(rule: Rule, path: str, text: str) -> None:
    assert rule(Module(path, text)) == []


# ---- words that no file may hold; the patterns are put together here, so that this file does not hold them

WORDS = {
    "do it now, or write it down where work is planned": re.compile(
        r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b"
    ),
    "a path of one machine: take it as an argument, or from Path(__file__)": re.compile(
        r"(?<![\w.~-])/(?:work|root|home/\w+|tmp/v\d?)" + r"(?=/|\b)(?![-\w])"
    ),
    "the lab's numbers are +47 1C NNNNNN: no subscriber has one": re.compile(r"\+47" + r"[  ]?[02-9]\d"),
}


@pytest.mark.parametrize("remedy", WORDS)
def test_no_file_holds(remedy: str) -> None:
    found = [
        f"{name}:{n}: {line.strip()[:80]}"
        for name, text in texts()
        for n, line in enumerate(text.splitlines(), 1)
        if WORDS[remedy].search(line)
    ]
    assert not found, f"{remedy}:\n  " + "\n  ".join(found)


@pytest.mark.parametrize(
    ("remedy", "line"),
    list(zip(WORDS, ("# TO" + "DO later", 'ROOT = "/wo' + 'rk/main"', "+4" + "791234567"), strict=True)),
)
def test_the_words_are_found(remedy: str, line: str) -> None:
    assert WORDS[remedy].search(line)
    assert not WORDS[remedy].search("+4710000001 the work/root of /workers, todos and ./tmp/v")


def test_tests_mirror_the_sources() -> None:
    packages = {module.package for module in modules()}
    bare = [p for p in sorted(packages) if not list((ROOT / "tests" / p).rglob("test_*.py"))]
    assert not bare, f"a package with sources has tests/<package>/test_*.py: add them for {', '.join(bare)}"
