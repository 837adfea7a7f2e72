"""A million threads and ten million items, against a database that is nearly empty."""
