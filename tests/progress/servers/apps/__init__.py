"""What the servers of the tests serve: one program a kind of server, copied and run as app.py."""
