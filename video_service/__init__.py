"""The reference video service: the lab's own stand-in for the service under test (docs/contract.md)."""
