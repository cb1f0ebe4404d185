// LauncherTests
