"""How a database comes to the schema of this release, and what tells that."""
