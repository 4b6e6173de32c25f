"""Settings of a class of a folder of `plugins`, by its file, which is read and not run."""

import ast
from collections.abc import Iterable, Iterator

from genodiff.workflow.settings.messages import meant

# Arguments that a network gets from the workflow; a generator gets the layout, as its first argument.
_OF_NETWORKS = {"genes", "components", "classes", "mask", "chromosomes"}


def setting_problems(tree: ast.Module, name: str, own: Iterable[str], network: bool) -> Iterator[str]:
    """What is wrong with the names of the settings `own` of the class `name`, a network or a generator;
    nothing if the file does not show its arguments: `**kwargs`, an inherited `__init__`, another
    module's class."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == name]
    body = [node for found in classes for node in found.body]
    starts = [node for node in body if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
    if len(starts) != 1 or starts[0].args.kwarg or starts[0].args.vararg:
        return
    needed = _arguments(starts[0].args)
    first = 1 if network else 2  # after self, and after the layout of a generator
    known = [key for key in list(needed)[first:] if not (network and key in _OF_NETWORKS)]
    for key in own:
        if key not in known:
            listed = ", ".join(known) or "none"
            yield f"{name} has no setting {key!r}{meant(key, known)}; its settings: {listed}"
    for key in known:
        if needed[key] and key not in own:
            yield f"{name} needs the setting {key!r}"


def _arguments(arguments: ast.arguments) -> dict[str, bool]:
    """Names of the arguments of a function, and whether each has to be given."""
    places = [*arguments.posonlyargs, *arguments.args]
    without = len(places) - len(arguments.defaults)
    needed = {argument.arg: number < without for number, argument in enumerate(places)}
    names = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return needed | {argument.arg: default is None for argument, default in names}
