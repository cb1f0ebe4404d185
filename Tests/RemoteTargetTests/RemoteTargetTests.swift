// RemoteTargetTests
