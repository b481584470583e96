"""What this machine can do: measured on real parts, told as one object."""

from sim.bench.carriers import BenchError, bench_carriers

BENCHES = ("carriers",)

__all__ = ["BENCHES", "BenchError", "bench_carriers"]
