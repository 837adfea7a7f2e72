"""What the guide of a deployment works with."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from agents import Model, ModelProvider, Tool
from chatkit.types import ThreadItem, UserMessageItem
from turnstream.contracts.turns import RequestContext
from turnstream_worker.api import ModelVision

from turnstream_guide.conversation.entities import GuideEntities
from turnstream_guide.demonstrations.demonstration import Demonstration


@dataclass(frozen=True)
class GuideServices:
    """Models, tools, entities and demonstrations of one guide."""

    models: ModelProvider
    tools: Callable[[], Sequence[Tool]]
    """Called for each turn, like `client_tools`: the catalogue may change."""
    client_tools: Callable[[], Collection[str]]
    """Names of the tools that the user's page runs."""
    choices: Collection[str] = ()
    """The models that a client may name, unless its tenant has choices of its own; any other name
    is ignored."""
    demonstrations: Sequence[Demonstration] = ()
    vision: ModelVision = field(default_factory=ModelVision)
    entities: GuideEntities = field(default_factory=GuideEntities)

    def model(self, history: Sequence[ThreadItem], context: RequestContext) -> Model:
        """The model that the user's newest message names, the tenant's, or the deployment's."""
        choices = self.choices if context.model_choices is None else context.model_choices
        messages = [item for item in history if isinstance(item, UserMessageItem)]
        wish = messages[-1].inference_options.model if messages else None
        return self.models.get_model(wish if wish in choices else context.model)
