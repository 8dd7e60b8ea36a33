"""Takes the place of the agent runtime that a client starts as its child."""
