// BootTests
