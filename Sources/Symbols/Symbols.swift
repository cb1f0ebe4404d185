// Symbols: see ARCHITECTURE.md.
