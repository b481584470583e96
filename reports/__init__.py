"""From a run folder to what people and machines read. Reports know the run folder only."""

from reports.junit import write_junit
from reports.run_folder import read_run
from reports.run_report import write_report

__all__ = ["read_run", "write_junit", "write_report"]
