"""The canonical form of a module: equal where the same is computed, different where it is not."""

import ast

import pytest

from genodiff.workflow.canonical import canonical


def form(source):
    return canonical(ast.parse(source), lambda module: module == "pkg.logs")


BASE = """
import os
from pkg.logs import logger

NAMES: list[str] = ["a", "b"]

def run(x: int, *, fast: bool = False) -> int:
    '''Run it.'''
    # a comment
    if x < 0:
        raise ValueError(f"{x} is negative")
    total: int = 0
    for item in progress(range(x), x, "items"):
        total += item
        logger.info("%d so far", total)
    return total
"""
# What replaces what in BASE, without a change of the result.
SAME = [
    ("# a comment", "#"),
    ("'''Run it.'''", "'''Add the numbers\n    below x.'''"),
    ("    '''Run it.'''\n", ""),
    ('["a", "b"]', "[\n    'a',\n    'b',\n]"),
    ("list[str]", "Sequence[str]"),
    ("NAMES: list[str] =", "NAMES ="),
    ("x: int, *", "x: float, *"),
    ("-> int", "-> float"),
    ("total: int = 0", "total = 0"),
    ('f"{x} is negative"', '"x is " f"{x:>3}: " "it must not be below 0"'),
    ('"items"', '"numbers"'),
    ('logger.info("%d so far", total)', 'logger.debug("%d %d", total, item)'),
    ('        logger.info("%d so far", total)\n', ""),
    ("from pkg.logs import logger\n", ""),
    (
        "import os\n",
        "import os\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch\n",
    ),
]
DIFFERENT = [
    ("= 0", "= 1"),
    ("< 0", "<= 0"),
    ("fast: bool = False", "fast: bool = True"),
    ("ValueError", "TypeError"),
    ('"b"', '"B"'),
    ("range(x), x", "range(x), 2 * x"),
    ("total += item", "total -= item"),
    ("    return total", "        return total"),
    ("return total", "return None"),
    ("import os", "import sys"),
    ("def run", "async def run"),
    ('raise ValueError(f"{x} is negative")', "pass"),
]


@pytest.mark.parametrize(("old", "new"), SAME)
def test_canonical__the_same(old, new):
    base, changed = BASE, BASE.replace(old, new)
    assert changed != base
    assert form(changed) == form(base)


@pytest.mark.parametrize(("old", "new"), DIFFERENT)
def test_canonical__not_the_same(old, new):
    assert form(BASE.replace(old, new)) != form(BASE)


@pytest.mark.parametrize(
    ("source", "other"),
    [
        ("class A:\n    x: int = 1\n", "class A:\n    x: float = 1\n"),
        ("class A:\n    x: int\n    y: int\n", "class A:\n    y: int\n    x: int\n"),
        ("@cast\ndef f(x: int): return x\n", "@cast\ndef f(x: float): return x\n"),
        ('raise Stop(3, "at once")', 'raise Stop(4, "at once")'),
        ('f("a")', 'f("b")'),
        ("logger = get()", "logger = None"),
        ('logger.setLevel("INFO")', 'logger.setLevel("DEBUG")'),
        ("x = (a, b), c", "x = a, (b, c)"),
        ("x = 1", "x = 1.0"),
        ("x = 'None'", "x = None"),
        ("f(**a)", "f(a=a)"),
        ("{**a}", "{None: a}"),
        ("def f(a, /): return a", "def f(*, a): return a"),
        ("if TYPE_CHECKING:\n    a = 1\nelse:\n    a = 2\n", "if TYPE_CHECKING:\n    a = 1\n"),
    ],
)
def test_canonical__what_may_be_read_counts(source, other):
    assert form(source) != form(other)


REGISTRY = """
Width = Annotated[int, Field(ge=1)]
class NetSettings(Settings):
    width: Width = 64
    '''width of the layers'''
NETS = {"net": Entry("pkg.net", "Net", "A net", NetSettings)}
def build(name): return NETS[name].load()
"""


def test_canonical__a_new_entry_of_a_registry_changes_nothing():
    more = REGISTRY.replace("NETS = {", "class Other(NetSettings):\n    a: int\nNETS = {").replace(
        ")}", '), "other": Entry("pkg.other", "Other", "Another", Other)}'
    )
    assert form(more) == form(REGISTRY) == form("def build(name): return NETS[name].load()")
    assert form(REGISTRY.replace("load()", "load()(3)")) != form(REGISTRY)
    # Other classes and dicts count.
    for source in (
        "class A(Net):\n    a: int = 1\n",
        "@dataclass\nclass A:\n    a: int = 1\n",
        "A = {1: B(1)}",
    ):
        assert form(source) != form(source.replace("1", "2"))


def test_canonical__imports_that_only_types_of_settings_need_do_not_count():
    base = "from genodiff.registry import Entry, find\nfrom pkg import a\n"
    used = "def run(name): return find(NETS, name)\n"
    source = base + REGISTRY + used
    added = "from typing import Annotated\n" + base.replace("Entry", "Entry, Number") + REGISTRY + used
    assert form(added) == form(source)
    # Names that are used count, and those of other modules.
    renamed = source.replace("import Entry, find", "import Entry, load_plugin as find")
    assert form(renamed) != form(source)
    assert form(source.replace("import a", "import b")) != form(source)


def test_canonical__does_not_depend_on_the_version_of_python():
    """Versions differ in f-strings, type parameters, printable characters and default fields."""
    source = (
        "def f(a, *b, c=1):\n    return f'{a!r:>{c}} \U0001fae8 {b}'\n"
        "match x:\n    case [1, *_]: y = -2.5\n"
    )
    assert form(source) == (
        "[ FunctionDef name='f' args arguments args [ arg arg='a' ) ] vararg arg arg='b' ) kwonlyargs "
        "[ arg arg='c' ) ] kw_defaults [ Constant value=1 ) ] ) body [ Return value JoinedStr values [ "
        "FormattedValue value Name id='a' ) conversion=114 format_spec JoinedStr values [ Constant "
        "value='>' ) FormattedValue value Name id='c' ) conversion=-1 ) ] ) ) Constant "
        "value=' \\U0001fae8 ' ) FormattedValue value Name id='b' ) conversion=-1 ) ] ) ) ] ) Match "
        "subject Name id='x' ) cases [ match_case pattern MatchSequence patterns [ MatchValue value "
        "Constant value=1 ) ) MatchStar ) ] ) body [ Assign targets [ Name id='y' ) ] value UnaryOp op "
        "USub ) operand Constant value=2.5 ) ) ) ] ) ] ) ]"
    )
