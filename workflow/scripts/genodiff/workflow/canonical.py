"""Canonical form of Python source: a text that stays the same as long as the source computes the same,
whatever its comments, layout and messages, and under each version of Python from 3.11.

Read at parse time by the Snakefile, so only the standard library is imported here.
"""

import ast
from collections.abc import Callable

# Calls whose text arguments are labels or messages for a user; so are those of raised exceptions.
_LABELLED = {"progress", "memory_advice", "InputError"}
_LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
_BLOCKS = {"body", "orelse", "finalbody"}
# Fields that add nothing to a node: load or store, u"" or "", comments with types.
_EMPTY_FIELDS = {"ctx", "kind", "type_comment"}
# Modules that provide the types of settings.
_OF_SETTINGS = {"genodiff.registry", "pydantic", "typing"}


def canonical(
    tree: ast.Module, ignored: Callable[[str], bool] = lambda module: False, declared: bool = True
) -> str:
    """The canonical form of a module; `tree` is changed. Left out are

    - comments, layout, docstrings, `pass`, and blocks under TYPE_CHECKING;
    - statements to `logger`, and texts of raised exceptions and of progress bars;
    - annotations, except those of class fields and of decorated functions, which may be read;
    - imports from modules for which `ignored` holds;
    - if `declared`, registries (dicts of `Entry` objects), models of settings and `Annotated` types,
      with imports for these alone: a job's parameters hold checked and complete settings, and its code
      hash names the registered class.
    """
    dropped = (_is_registry, _is_model, _is_type) if declared else ()
    body = [
        node for node in tree.body if not (_imports(node, ignored) or any(is_(node) for is_ in dropped))
    ]
    out: list[str] = []
    _write_list(_statements(_without_unused(body) if declared else body), out)
    return " ".join(out)


def _without_unused(body: list[ast.stmt]) -> list[ast.stmt]:
    """`body` without names that it imports for types of settings and does not use."""
    counting = [statement for statement in body if not is_type_checking(statement)]
    used = {_name(node) for statement in counting for node in ast.walk(statement)}
    for node in body:
        if isinstance(node, ast.ImportFrom) and node.module in _OF_SETTINGS:
            node.names = [alias for alias in node.names if (alias.asname or alias.name) in used]
    return [node for node in body if not isinstance(node, ast.ImportFrom) or node.names]


def is_type_checking(node: ast.AST) -> bool:
    """Whether a node is a block that only type checkers read."""
    return isinstance(node, ast.If) and not node.orelse and _name(node.test) == "TYPE_CHECKING"


def _name(node: ast.AST | None) -> str:
    """`c` of the names `c` and `a.b.c`; empty for other nodes."""
    return getattr(node, "attr", getattr(node, "id", ""))


def _is_registry(node: ast.stmt) -> bool:
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    entries = value.values if isinstance(value, ast.Dict) else []
    return bool(entries) and all(_name(getattr(entry, "func", None)) == "Entry" for entry in entries)


def _is_model(node: ast.stmt) -> bool:
    """Whether a class is derived from `registry.Settings`, or from such a class by its name."""
    bases = node.bases if isinstance(node, ast.ClassDef) else []
    return any(_name(base).endswith("Settings") for base in bases)


def _is_type(node: ast.stmt) -> bool:
    value = node.value if isinstance(node, ast.Assign) else None
    return isinstance(value, ast.Subscript) and _name(value.value) == "Annotated"


def _imports(node: ast.stmt, ignored: Callable[[str], bool]) -> bool:
    return isinstance(node, ast.ImportFrom) and not node.level and ignored(node.module)


def _is_silent(node: ast.stmt) -> bool:
    """Whether a statement computes nothing: a docstring, `...`, a message to the logger."""
    if not isinstance(node, ast.Expr):
        return isinstance(node, ast.Pass) or is_type_checking(node)
    value = node.value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return value.func.attr in _LEVELS and _name(value.func.value) == "logger"
    return isinstance(value, ast.Constant)


def _statements(body: list[ast.stmt], of_class: bool = False) -> list[ast.stmt]:
    """The statements that count, without annotations of variables that are no fields of a class."""
    return [
        ast.Assign([node.target], node.value) if type(node) is ast.AnnAssign and not of_class else node
        for node in body
        if not _is_silent(node)
    ]


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    return isinstance(node, ast.JoinedStr) or isinstance(getattr(node, "value", None), str)


def _drop_texts(call: ast.Call) -> None:
    call.args = [argument for argument in call.args if not _is_text(argument)]


def _simplify_call(node: ast.Call) -> None:
    if _name(node.func) in _LABELLED:
        _drop_texts(node)


def _simplify_raise(node: ast.Raise) -> None:
    if isinstance(node.exc, ast.Call):
        _drop_texts(node.exc)


def _simplify_function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    if node.decorator_list:
        return
    node.returns = None
    named = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
    for argument in filter(None, [*named, node.args.vararg, node.args.kwarg]):
        argument.annotation = None


def _simplify_text(node: ast.JoinedStr) -> None:
    """Versions of Python differ in whether empty texts stand between the values of an f-string."""
    node.values = [value for value in node.values if getattr(value, "value", None) != ""]


_SIMPLIFY = {
    ast.Call: _simplify_call,
    ast.Raise: _simplify_raise,
    ast.FunctionDef: _simplify_function,
    ast.AsyncFunctionDef: _simplify_function,
    ast.JoinedStr: _simplify_text,
}


def _write(node: ast.AST, out: list[str]) -> None:
    """Append the node's type and its fields. Empty fields are left out: newer versions of Python have
    more of them."""
    kind = type(node)
    if kind in _SIMPLIFY:
        _SIMPLIFY[kind](node)
    out.append(kind.__name__)
    for name in kind._fields:
        value = getattr(node, name, None)
        if value is None or name in _EMPTY_FIELDS:
            continue
        if isinstance(value, list):
            if name in _BLOCKS:
                value = _statements(value, kind is ast.ClassDef)
            if value:
                out.append(name)
                _write_list(value, out)
        elif isinstance(value, ast.AST):
            out.append(name)
            _write(value, out)
        else:
            # Escaped, since which characters are printable depends on the version of Python.
            out.append(f"{name}={value!a}")
    out.append(")")


def _write_list(values: list, out: list[str]) -> None:
    out.append("[")
    for value in values:
        if isinstance(value, ast.AST):
            _write(value, out)
        else:
            out.append(ascii(value))
    out.append("]")
