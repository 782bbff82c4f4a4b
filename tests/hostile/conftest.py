"""A whole worker on a real store, as the tests of the workers have it."""

from tests.worker.conftest import bench, make_bench, stores

__all__ = ["bench", "make_bench", "stores"]
