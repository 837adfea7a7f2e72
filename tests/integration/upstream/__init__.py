"""ChatKit's own tests, unchanged, on this backend.

They come from the source archive of the pinned version, by its hash. Its store tests ask the store
that an app is given; its server tests send their requests to `POST /chatkit` of a whole system.
"""
