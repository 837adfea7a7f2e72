"""Actions of widgets: what a client may ask for. What one means is decided by the app."""

from chatkit.actions import Action
from turnstream.contracts.turns import RESERVED_ACTIONS
from turnstream.errors import BadRequest, ReservedAction


def check_action(action: Action[str, object]) -> None:
    """Refuse an action that no widget can have sent.

    Raises `BadRequest` without a type, and `ReservedAction` for a type that Turnstream itself uses.
    """
    # ChatKit's class fills in a type variable where the type is missing.
    if "type" not in action.model_fields_set:
        raise BadRequest("params.action.type: Field required")
    if action.type.startswith(RESERVED_ACTIONS):
        raise ReservedAction(f"An action's type can't begin with {RESERVED_ACTIONS}")
