"""What Python servers serve: one program a kind of server, copied and run as app.py."""
