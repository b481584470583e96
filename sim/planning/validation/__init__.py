"""The planner held against theory and against facts: cases, each with an outcome."""
