// SymbolsTests
