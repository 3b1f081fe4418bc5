"""Python servers as people run them: the recipes of ``docs/servers.md``, what each serves here, and
the environment they are installed in. Starts nothing: ``lab.servers`` does."""
