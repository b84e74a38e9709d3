"""Puts the faults into a process of the installation, from outside: functions are replaced as their modules load.

`starter/` stands on PYTHONPATH while `evals mutate` plays; Python runs its `sitecustomize` before anything of ours. A
replaced function does what it always did, unless the business that it works for was made to be struck (`ground.py`).
"""

import functools
import inspect
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from evals.mutation.fault import Act, Call, Fault, module_of, replace
from evals.mutation.ground import VARIABLE, Ground
from evals.mutation.whose import whose

MAKES_BUSINESSES = "backend.tenants.service:add_tenant"
STARTER = Path(__file__).resolve().parent / "starter"
ROOT = STARTER.parents[2]


def environment(ground: Ground) -> dict[str, str]:
    """What a process must be started with."""
    path = [str(STARTER), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(path), VARIABLE: str(ground.folder)}


def install() -> None:
    """From now on modules are planted as they load. Without the variable nothing happens."""
    folder = os.environ.get(VARIABLE)
    if folder:
        from evals.mutation.registry import all_faults

        sys.meta_path.insert(0, Planter(Ground(Path(folder)), all_faults()))


class Planter(MetaPathFinder):
    """Finds the modules that hold targets, as Python does, and replaces the targets once a module has run."""

    def __init__(self, ground: Ground, faults: Sequence[Fault]) -> None:
        self._ground = ground
        self._acts: dict[str, dict[str, Act]] = defaultdict(dict)
        for fault in faults:
            for target, act in fault.plants.items():
                self._acts[target][fault.name] = act
        self._targets: dict[str, list[str]] = defaultdict(list)
        for target in (*self._acts, MAKES_BUSINESSES):
            self._targets[module_of(target)].append(target)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._targets:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return None
        run = spec.loader.exec_module

        def run_and_plant(module: ModuleType) -> None:
            run(module)
            self.plant(module)

        spec.loader.exec_module = run_and_plant  # type: ignore[method-assign]
        return spec

    def plant(self, module: ModuleType) -> None:
        """Replaces what is to be replaced in a module. LookupError if a function is gone: nothing may pass because
        nothing was struck."""
        for target in self._targets[module.__name__]:
            if target == MAKES_BUSINESSES:
                replace(target, module, functools.partial(_labelled, self._ground))
            else:
                replace(target, module, functools.partial(struck, self._ground, self._acts[target], module))
            self._ground.note_planted(target)


def struck(ground: Ground, acts: Mapping[str, Act], home: ModuleType, original: Callable[..., Any]) -> Act:
    """The function that stands in place of `original`: for each fault its own act, for everybody else the original."""

    def choose(arguments: tuple[Any, ...], named: dict[str, Any]) -> Callable[..., Any]:
        tenant_id = whose((*arguments, *named.values()))
        act = acts.get(ground.fault_of(tenant_id)) if tenant_id is not None else None
        if act is None:
            return original
        return functools.partial(act, Call(original, home, lambda: ground.mark(ground.label(tenant_id))))

    if inspect.iscoroutinefunction(original):

        @functools.wraps(original)
        async def in_place(*arguments: Any, **named: Any) -> Any:
            return await choose(arguments, named)(*arguments, **named)

        return in_place

    @functools.wraps(original)
    def in_place_at_once(*arguments: Any, **named: Any) -> Any:
        return choose(arguments, named)(*arguments, **named)

    return in_place_at_once


def _labelled(ground: Ground, original: Callable[..., Any]) -> Act:
    @functools.wraps(original)
    async def add_tenant(session: Any, new: Any) -> Any:
        made = await original(session, new)
        ground.settle(session.info["tenant_id"], new.slug)
        return made

    return add_tenant
