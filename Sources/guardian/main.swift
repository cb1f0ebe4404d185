// porthole-guardian ENDPOINT: outlives the tool that started it by a moment. It waits on
// descriptor 3, a pipe that ends with the tool; unless the tool said goodbye through it, it
// reconnects to the stub at ENDPOINT, removes breakpoints and lets the target run on.
//
// Exit status: 0 done or nothing to do, 1 the target could not be freed, 2 usage.

internal import Glibc
internal import RemoteTarget

/// Runs the guardian and returns its exit status.
func guardTool() -> Int32 {
  guard CommandLine.arguments.count == 2 else { return 2 }
  // A terminal that goes away, or a tidy user, must not end the guardian before its tool.
  GuardianDuty.settle(keeping: 3)
  if GuardianDuty.awaitGoodbye(descriptor: 3) { return 0 }
  return GuardianDuty.release(Endpoint(CommandLine.arguments[1])) ? 0 : 1
}

exit(guardTool())
