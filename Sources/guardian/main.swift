// porthole-guardian ENDPOINT [SETTINGS]: outlives the tool that started it by a moment. It listens on
// descriptor 3, a socket pair that ends with the tool; unless the tool said goodbye through it, it
// reconnects to the stub at ENDPOINT, removes breakpoints and lets the target run on. A serial port is
// descriptor 4; SETTINGS are what it gets back.
//
// Exit status: 0 done or nothing to do, 1 the target could not be freed, 2 usage.

internal import Glibc
internal import RemoteTarget

let words = CommandLine.arguments
if words.count != 2 && words.count != 3 { exit(2) }
exit(
  GuardianDuty.run(Endpoint(words[1]), descriptor: 3, previous: words.count == 3 ? words[2] : nil))
