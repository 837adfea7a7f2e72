"""Legal holds: what no retention and no erasure may delete."""
