"""What this machine can do: measured on real parts, told as one object."""
