// GDBRemoteTests
