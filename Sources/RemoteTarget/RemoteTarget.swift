// RemoteTarget: see ARCHITECTURE.md.
