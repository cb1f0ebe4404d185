// TerminalText: see ARCHITECTURE.md.
