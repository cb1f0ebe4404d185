// Canvas: see ARCHITECTURE.md.
