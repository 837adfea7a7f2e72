"""The points of an exported workflow that Turnstream has to reach, and how it reaches them.

Agent Builder writes every workflow in the same form: the values `state = {…}` and
`conversation_history = […]`, which begin as literals inside the function, and functions
`approval_request(message)` that only return True. None can be reached from outside. So the function
is compiled a second time with a call around each of them. So is a file search, which exports write
for a plain client and run with an async one. The module, and its own function in it,
stay as they are; the copy has the same globals and the same lines.
"""

import ast
import inspect
import textwrap
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Protocol

from turnstream.contracts.turns import Json

STATE, HISTORY, APPROVAL = "state", "conversation_history", "approval_request"
_HOOKS = "__turnstream__"
_NO_ARGUMENTS = ast.arguments([], [], None, [], [], None, [])


class Hooks(Protocol):
    """What a run of a workflow is given at these points."""

    def state(self, first: Json) -> Json:
        """The workflow's state, for the values with which every run of the export begins."""

    def history(self, messages: list[Any]) -> list[Any]:
        """The conversation, for the message that the export begins with."""

    def approve(self, message: str) -> bool:
        """True once a person has approved."""

    def search(self, ask: Callable[[], Any]) -> AsyncIterator[Any]:
        """What a file search finds, whether its client is a plain or an async one."""


@dataclass(frozen=True)
class HookedFunction:
    """A workflow's function, to be bound to the hooks of one run."""

    bind: Callable[[Hooks], Callable[..., Any]]
    found: frozenset[str]
    """Which of `STATE`, `HISTORY` and `APPROVAL` it has."""


def hooked(function: Callable[..., Any]) -> HookedFunction:
    """A copy of the function with the hooks in it.

    Raises `ValueError` where Python can't read its source, or where it was made inside another
    function or by a decorator.
    """
    if not isinstance(function, FunctionType) or function.__closure__:
        raise ValueError("it is not a plain function of its module")
    try:
        source = textwrap.dedent(inspect.getsource(function))
        module = ast.parse(inspect.getsource(inspect.getmodule(function) or function))
    except (OSError, TypeError, SyntaxError) as error:
        raise ValueError(f"its source can't be read: {error}") from error
    (definition,) = ast.parse(source).body
    if not isinstance(definition, ast.AsyncFunctionDef) or definition.decorator_list:
        raise ValueError("it is not a plain function of its module")
    inserter = _CallInserter(_stubs(module))
    inserter.visit_function(definition)
    ast.increment_lineno(definition, function.__code__.co_firstlineno - 1)
    return HookedFunction(_binder(definition, function), frozenset(inserter.found))


def _binder(
    definition: ast.AsyncFunctionDef, function: FunctionType
) -> Callable[[Hooks], Callable[..., Any]]:
    """A function of the hooks that makes the copy, whose globals are those of the export."""
    made = ast.parse(f"def bind({_HOOKS}):\n    return None").body[0]
    assert isinstance(made, ast.FunctionDef)
    made.body = [definition, ast.Return(ast.Name(definition.name, ast.Load()))]
    tree = ast.fix_missing_locations(ast.Module([made], type_ignores=[]))
    names: dict[str, Any] = {}
    exec(compile(tree, function.__code__.co_filename, "exec"), function.__globals__, names)  # noqa: S102  # the app's own code
    bind: Callable[[Hooks], Callable[..., Any]] = names["bind"]
    return bind


def _stubs(module: ast.Module) -> frozenset[str]:
    """Functions of the module that Agent Builder left for the developer to write."""
    return frozenset(
        each.name
        for each in module.body
        if isinstance(each, ast.FunctionDef)
        and each.name.startswith(APPROVAL)
        and all(map(_does_nothing, each.body))
    )


def _does_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(ast.Constant()) | ast.Return(ast.Constant(True)):
            return True
    return False


class _CallInserter(ast.NodeTransformer):
    """Puts the calls in. Functions inside the workflow's own are left alone."""

    def __init__(self, stubs: frozenset[str]) -> None:
        self._stubs = stubs
        self.found: set[str] = set()

    def visit_function(self, function: ast.AsyncFunctionDef) -> None:
        function.body = [self.visit(statement) for statement in function.body]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        if len(node.targets) == 1:
            node.value = self._begun(node.targets[0], node.value)
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = self._begun(node.target, node.value)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id in self._stubs:
            self.found.add(APPROVAL)
            node.func = _hook("approve", node)
        return self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        self.generic_visit(node)
        match node.iter:
            case ast.Call(ast.Attribute(ast.Attribute(attr="vector_stores"), "search")):
                ask = ast.Lambda(_NO_ARGUMENTS, node.iter)
                node.iter = ast.Call(_hook("search", node.iter), [ask], [])
                node.is_async = 1
        return node

    def _begun(self, target: ast.expr, value: ast.expr) -> ast.expr:
        """The value with its call around it, where a literal first gets one of our names."""
        name = target.id if isinstance(target, ast.Name) else ""
        if name in self.found:
            return value
        match name, value:
            case "state", ast.Dict():
                hook = "state"
            case "conversation_history", ast.List():
                hook = "history"
            case _:
                return value
        self.found.add(name)
        return ast.copy_location(ast.Call(_hook(hook, value), [value], []), value)


def _hook(name: str, at: ast.expr) -> ast.Attribute:
    hooks = ast.Name(_HOOKS, ast.Load())
    return ast.copy_location(ast.Attribute(hooks, name, ast.Load()), at)
