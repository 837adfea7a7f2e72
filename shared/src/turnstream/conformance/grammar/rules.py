"""What must hold in every stream of events."""

from turnstream.conformance.rules import SERVER, TURNSTREAM, TYPES, Level, Rule, issue

MUST, SHOULD = Level.MUST, Level.SHOULD

EVENT_SHAPE = Rule(
    "stream.event-shape",
    MUST,
    "an event is a JSON object with a type and the fields of that type",
    TYPES,
)
KNOWN_TYPES = Rule(
    "stream.known-types",
    SHOULD,
    "types of events, items and updates are those of the protocol",
    TYPES,
)
THREAD_CREATED_FIRST = Rule(
    "stream.thread-created-first",
    MUST,
    "thread.created is the first event of its stream, or not in it",
    SERVER,
)
THREAD_CREATED_ONCE = Rule(
    "stream.thread-created-once", MUST, "a stream tells thread.created once at most", SERVER
)
ONE_THREAD = Rule(
    "stream.one-thread",
    MUST,
    "all events of a stream belong to one thread",
    issue("chatkit-js#163"),
)
USERS_MESSAGE_WHOLE = Rule(
    "stream.users-message-whole", MUST, "a user's message comes whole, in one done event", SERVER
)
ADDED_ONCE = Rule(
    "stream.added-once",
    MUST,
    "an item is added once, unless it was removed before",
    issue("chatkit-python#103"),
)
UPDATE_AFTER_ADDED = Rule(
    "stream.update-after-added",
    MUST,
    "nothing is updated before it is added",
    "https://community.openai.com/t/1366591",
)
NO_UPDATE_AFTER_END = Rule(
    "stream.no-update-after-end", MUST, "an item that is done is not updated any more", SERVER
)
ITEMS_END_ONCE = Rule("stream.items-end-once", MUST, "an item is done once", SERVER)
ITEMS_END = Rule(
    "stream.items-end",
    MUST,
    "every item that is added is done or removed before the stream ends",
    issue("openai-chatkit-starter-app#54"),
)
TYPE_STAYS = Rule("stream.type-stays", MUST, "an item is done as what it was added as", TYPES)
UPDATE_FITS = Rule(
    "stream.update-fits", MUST, "an update is one of those that its item's type has", TYPES
)
PARTS_IN_ORDER = Rule(
    "stream.parts-in-order", MUST, "content parts are counted from 0 without a gap", TYPES
)
PARTS_ADDED = Rule(
    "stream.parts-added",
    SHOULD,
    "text and annotations go to a content part that was added",
    "https://community.openai.com/t/1366591",
)
DELTAS_ADD_UP = Rule(
    "stream.deltas-add-up", MUST, "the deltas of a text add up to that of the done item", TYPES
)
ANNOTATIONS_IN_ORDER = Rule(
    "stream.annotations-in-order", MUST, "annotations of a part are counted without a gap", TYPES
)
ANNOTATIONS_KEPT = Rule(
    "stream.annotations-kept",
    SHOULD,
    "an annotation that was shown is in the done item",
    issue("openai-agents-python#4252"),
)
TASKS_IN_ORDER = Rule(
    "stream.tasks-in-order",
    MUST,
    "tasks of a workflow are counted without a gap, and added before they are updated",
    TYPES,
)
COMPONENTS_EXIST = Rule(
    "stream.components-exist", MUST, "a widget's update names a component that it has", TYPES
)
REPLACED_EXISTS = Rule("stream.replaced-exists", MUST, "only what is there is replaced", SERVER)
REMOVED_EXISTS = Rule("stream.removed-exists", SHOULD, "only what is there is removed", SERVER)
HIDDEN_STAYS_HIDDEN = Rule(
    "stream.hidden-stays-hidden", MUST, "hidden context is never sent to a client", TYPES
)
METADATA_STAYS = Rule(
    "stream.metadata-stays", SHOULD, "a thread's metadata is never sent to a client", SERVER
)
NOTHING_AFTER_END = Rule(
    "stream.nothing-after-end", MUST, "no event comes after the end of its turn", TURNSTREAM
)
POSITIONS_RISE = Rule("stream.positions-rise", MUST, "the positions of a stream rise", TURNSTREAM)

RULES = tuple(value for value in dict(globals()).values() if isinstance(value, Rule))
"""All of them, in the order in which a report tells them."""
