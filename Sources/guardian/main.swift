// porthole-guardian ENDPOINT: outlives the tool that started it by a moment. It listens on
// descriptor 3, a socket pair that ends with the tool; unless the tool said goodbye through it, it
// reconnects to the stub at ENDPOINT, removes breakpoints and lets the target run on.
//
// Exit status: 0 done or nothing to do, 1 the target could not be freed, 2 usage.

internal import Glibc
internal import RemoteTarget

if CommandLine.arguments.count != 2 { exit(2) }
exit(GuardianDuty.run(Endpoint(CommandLine.arguments[1]), descriptor: 3))
