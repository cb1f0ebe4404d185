internal import RemoteTarget
internal import Testing

@Suite("Requests for an agent as lines")
struct AgentRequestTests {
  @Test(
    "a line says what it means",
    arguments: [
      AgentRequest.profile(rate: 0), .profile(rate: 50_000), .trace(least: 0), .trace(least: .max),
    ])
  func lines(request: AgentRequest) { #expect(AgentRequest(request.text) == request) }

  @Test(
    "anything else is none",
    arguments: [
      "", "profile", "profile ", "profile -1", "profile 50001", "profile 1 2", "profile  1",
      "trace -1", "trace 18446744073709551616", "kill 1", "QPorthole.Profile:rate=1",
      "\u{0}profile 1",
    ])
  func hostile(line: String) { #expect(AgentRequest(line) == nil) }
}
