"""The runner of this process: the SDK's own, with our models and a listener.

`Runner.run` and its siblings use the default runner, which the SDK lets durable integrations
replace, though it documents neither that nor the class.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar, Unpack, cast

from agents import Agent, ModelProvider, RunConfig, RunResult, RunState, TResponseInputItem
from agents.memory import Session
from agents.result import RunResultStreaming
from agents.run import (
    AgentRunner,
    RunOptions,
    get_default_agent_runner,
    set_default_agent_runner,
)

from turnstream_worker.sdk.agents_facts import is_sdk_default

TContext = TypeVar("TContext")
GivenConfig = RunConfig | dict[str, Any] | None
GivenInput = str | list[TResponseInputItem] | RunState[Any]


class RunListener(Protocol):
    """Is told of every agent run."""

    def resumed(self, state: RunState[Any]) -> None:
        """A run goes on that paused earlier."""

    def streaming(self, result: RunResultStreaming) -> None:
        """A streamed run has begun."""

    def session(self, session: Session) -> Session:
        """The session that a run uses in place of the one it was given."""

    def begin_run(self, context: object) -> AbstractContextManager[None]:
        """Enter this while a run begins that was given this context."""


@dataclass(frozen=True)
class AwaitedRun:
    """A run that code of an app awaits whole."""

    agent: Agent[Any]
    input: GivenInput
    context: object
    begin: Callable[[GivenInput, object], RunResultStreaming]
    """Begins it streamed, with this input and this context. Runs that it begins in turn, as those
    of agents used as tools, are not streamed."""


class RunStreamer(Protocol):
    """Streams runs that an app awaits whole."""

    async def stream(self, run: AwaitedRun) -> RunResultStreaming:
        """The run's result, which has ended, with all that the result of `Runner.run` has."""


run_streamer: ContextVar[RunStreamer | None] = ContextVar("run_streamer", default=None)
"""Gets every `Runner.run` of the current task and of tasks that it makes."""


class AppRunner(AgentRunner):
    """The SDK's runner. Give it a provider, a listener or both; either may come first."""

    def __init__(self) -> None:
        self.provider: ModelProvider | None = None
        """Where models come from in runs that name no provider; the SDK's without one."""
        self.listener: RunListener | None = None

    async def run(
        self,
        starting_agent: Agent[TContext],
        input: str | list[TResponseInputItem] | RunState[TContext],
        **kwargs: Unpack[RunOptions[TContext]],
    ) -> RunResult:
        """Part of the SDK's runner; `run_sync` calls it too."""
        if (streamer := run_streamer.get()) is not None:
            awaited = self._awaited(starting_agent, input, kwargs)
            return cast(RunResult, await streamer.stream(awaited))
        kwargs["run_config"] = self._adopted(kwargs.get("run_config"))
        with self._begin_run(kwargs.get("context")):
            self._begins(input)
            kwargs["session"] = self._session(kwargs.get("session"))
            return await super().run(starting_agent, input, **kwargs)

    def run_streamed(
        self,
        starting_agent: Agent[TContext],
        input: str | list[TResponseInputItem] | RunState[TContext],
        **kwargs: Unpack[RunOptions[TContext]],
    ) -> RunResultStreaming:
        """Part of the SDK's runner."""
        kwargs["run_config"] = self._adopted(kwargs.get("run_config"))
        with self._begin_run(kwargs.get("context")):
            self._begins(input)
            kwargs["session"] = self._session(kwargs.get("session"))
            result = super().run_streamed(starting_agent, input, **kwargs)
            if self.listener is not None:
                self.listener.streaming(result)
        return result

    def _awaited(
        self, agent: Agent[TContext], input: GivenInput, options: RunOptions[TContext]
    ) -> AwaitedRun:
        def begin(given: GivenInput, context: object) -> RunResultStreaming:
            token = run_streamer.set(None)
            try:
                return self.run_streamed(agent, given, **{**options, "context": context})  # type: ignore[arg-type]  # a TypedDict with one key replaced
            finally:
                run_streamer.reset(token)

        return AwaitedRun(agent, input, options.get("context"), begin)

    def _begins(self, input: object) -> None:
        if self.listener is not None and isinstance(input, RunState):
            self.listener.resumed(input)

    def _session(self, session: Session | None) -> Session | None:
        if session is None or self.listener is None:
            return session
        return self.listener.session(session)

    def _begin_run(self, context: object) -> AbstractContextManager[None]:
        return nullcontext() if self.listener is None else self.listener.begin_run(context)

    def _adopted(self, config: GivenConfig) -> GivenConfig:
        return config if self.provider is None else adopt(config, self.provider)


def app_runner() -> AppRunner:
    """The runner of this process, which the first call makes the SDK's default."""
    runner = get_default_agent_runner()
    if not isinstance(runner, AppRunner):
        runner = AppRunner()
        set_default_agent_runner(runner)
    return runner


def adopt(config: GivenConfig, provider: ModelProvider) -> GivenConfig:
    """The same configuration with `provider` where the SDK would have made one by itself."""
    if config is None:
        return RunConfig(model_provider=provider)
    if isinstance(config, Mapping):
        return {"model_provider": provider, **config}
    if is_sdk_default(config.model_provider):
        return replace(config, model_provider=provider)
    return config
