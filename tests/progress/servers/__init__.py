"""Real servers, guarded: each recipe of docs/servers.md is run. Holds no code of unstick."""
