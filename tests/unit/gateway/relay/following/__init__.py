"""What a viewer is sent next, and how a gateway learns that there is something."""
