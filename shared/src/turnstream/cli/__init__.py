"""`turnstream`: the commands of an operator."""
