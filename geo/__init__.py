"""What is where, and what it means: the ground, the registries, the analysis and the store."""
