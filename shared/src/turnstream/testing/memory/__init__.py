"""The parts of `MemoryStore`, in the nouns of `turnstream.store_client`; all share `state`."""
