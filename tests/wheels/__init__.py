"""What people install: the wheels, in an environment of their own, far from this repository."""
