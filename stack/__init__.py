"""The stack: its typed configuration, how it is read, and how components are wired from it."""
