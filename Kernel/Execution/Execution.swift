// Execution: see ARCHITECTURE.md.
