"""What the tests of trainers share."""

import pytest
from trainers import TRAINERS

from inferno import learn


@pytest.fixture(params=list(TRAINERS))
def trainer(request: pytest.FixtureRequest) -> learn.IndependentCellTrainer:
    return TRAINERS[request.param]()
