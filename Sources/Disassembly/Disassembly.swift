// Disassembly: see ARCHITECTURE.md.
