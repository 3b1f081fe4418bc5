"""What real captures say, as read by hand (captures/README.md): unstick is held to it."""
