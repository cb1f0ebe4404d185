// DisassemblyTests
