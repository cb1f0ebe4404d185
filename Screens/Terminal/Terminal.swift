// Terminal: see ARCHITECTURE.md.
