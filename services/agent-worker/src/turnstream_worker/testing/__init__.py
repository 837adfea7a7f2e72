"""What tests of an app need: it runs as in a worker, in the process of the test, with a scripted
model.

    async with local_app("my_app:create", ScriptedModel(says("Hello!"))) as app:
        turn = await app.say("hi")
        assert turn.text == "Hello!"

Production code accepts, claims, runs, journals and ends the turn. The store and the event log are
in memory, so that nothing must be started.
"""

from turnstream_worker.testing.app import LocalApp, local_app
from turnstream_worker.testing.recordings.replaying import ReplayResult, replay, replayed
from turnstream_worker.testing.scripted_model import ModelCall, ScriptedModel, calls, says
from turnstream_worker.testing.turn import LocalTurn

__all__ = [
    "LocalApp",
    "LocalTurn",
    "ModelCall",
    "ReplayResult",
    "ScriptedModel",
    "calls",
    "local_app",
    "replay",
    "replayed",
    "says",
]
