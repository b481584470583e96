"""What this machine can do: measured, told as one object."""

from sim.bench.carriers import BenchError, bench_carriers
from sim.bench.phones import bench_phones

BENCHES = ("carriers", "phones", "planning")

__all__ = ["BENCHES", "BenchError", "bench_carriers", "bench_phones"]
