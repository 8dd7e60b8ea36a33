"""Brings each recorded failure back and expects the named proof to find it, and only then."""

import pytest

from plan.proofs import PROOFS
from tests.plan.mutants import (
    containers,
    endings,
    keeper,
    network,
    observation,
    operations,
    refusals,
    rights,
    seams,
)
from tests.plan.mutants.mutation import Mutant
from tests.recorded_stacks import recorded_stack

TABLE: tuple[Mutant, ...] = (
    *network.MUTANTS,
    *seams.MUTANTS,
    *rights.MUTANTS,
    *operations.MUTANTS,
    *keeper.MUTANTS,
    *containers.MUTANTS,
    *refusals.MUTANTS,
    *observation.MUTANTS,
    *endings.MUTANTS,
)


@pytest.mark.parametrize("mutant", TABLE, ids=lambda mutant: mutant.name)
def test_a_recorded_failure_breaks_its_proof(mutant: Mutant) -> None:
    whole = recorded_stack(mutant.stack, *mutant.overrides)
    prove = PROOFS[mutant.proof]
    before = {finding.rule for finding in prove(whole).findings}
    assert mutant.rule not in before
    broken = mutant.mutate(whole)
    assert broken is not whole
    found = prove(broken).findings
    assert mutant.rule in {finding.rule for finding in found}, [str(item) for item in found]


def test_the_table_has_every_row_once_and_a_source_for_each() -> None:
    names = [mutant.name for mutant in TABLE]
    assert len(set(names)) == len(names)
    assert all(mutant.source for mutant in TABLE)
    assert {mutant.proof for mutant in TABLE} == set(PROOFS)
