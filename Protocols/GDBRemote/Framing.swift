// The GDB remote serial protocol; see SPEC.md.
