"""What this machine can do: measured, told as one object."""
