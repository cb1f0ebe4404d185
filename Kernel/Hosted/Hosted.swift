// Hosted: see ARCHITECTURE.md.
