// Launcher: see ARCHITECTURE.md.
