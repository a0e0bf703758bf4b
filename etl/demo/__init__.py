"""The demo: five communities calibrated to what is known of them, or a city for benchmarks."""

from etl.demo.load import DEFAULT_AS_OF, DEFAULT_SEED, Loaded, load_demo

__all__ = ["DEFAULT_AS_OF", "DEFAULT_SEED", "Loaded", "load_demo"]
