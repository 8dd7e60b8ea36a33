"""`python -m agent_runtime`, scripted."""

from tests.client.stand_in_runtime import main

main()
