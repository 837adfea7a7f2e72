"""What models may cost: the budgets that every backing of the store enforces."""
