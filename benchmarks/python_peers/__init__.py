"""Libraries that read captures packet by packet in Python, as their users call them."""
