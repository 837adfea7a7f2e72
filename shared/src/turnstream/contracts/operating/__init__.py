"""What a deployment does and costs, and what its operators ask of it."""
