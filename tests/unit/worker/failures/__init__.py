"""What a failure of an assistant or a model server means, and who reads what of it."""
