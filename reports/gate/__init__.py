"""The gate: a policy applied to a comparison, and what a pull request gets to see of it."""
