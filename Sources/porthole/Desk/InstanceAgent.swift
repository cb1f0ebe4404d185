// What is asked of an instance's agent beside debugging: at the desk of whoever holds its link, in
// this process or another, or, where nobody does, over a link for that moment.

internal import Glibc
internal import Launcher
internal import RemoteTarget

/// Who does what only an agent can do.
protocol AgentServant: AnyObject {
  /// Has the agent do something.
  func ask(_ request: AgentRequest) throws
}

/// An instance's agent, whoever holds it.
final class InstanceAgent: AgentServant {
  private let instance: Instance

  /// Milliseconds that a holder may take.
  private static let patience = 5000
  /// Bytes of an answer at most.
  private static let longest = 4096

  init(_ instance: Instance) { self.instance = instance }

  /// The process that holds the agent's link; nil if that is nobody, or no porthole.
  static func holder(of instance: Instance) -> Int? {
    guard let descriptor = connect(instance) else { return nil }
    defer { close(descriptor) }
    return UnixSocket.peer(descriptor)
  }

  func ask(_ request: AgentRequest) throws {
    if try askHolder(request) { return }
    let endpoint = Endpoint.unix(path: instance.agentSocket)
    guard RemoteTarget.awaitFree(endpoint, milliseconds: 1000) else {
      // Who came in that second has a desk by now.
      if try askHolder(request) { return }
      throw Failure(
        .nothingThere,
        "another debugger holds the agent of \(instance.name), and takes no requests for it: end it "
          + "first")
    }
    let stream = try StreamSource(endpoint)
    defer { stream.end() }
    try stream.ask(request)
  }

  /// Hands the request in at the desk; false if there is none.
  private func askHolder(_ request: AgentRequest) throws -> Bool {
    guard let descriptor = Self.connect(instance) else { return false }
    defer { close(descriptor) }
    DeskLine.write(request.text, to: descriptor)
    let deadline = Deadline(milliseconds: Self.patience)
    guard let line = DeskLine.read(descriptor, longest: Self.longest, until: deadline) else {
      // A holder that left just now has answered nothing.
      guard deadline.isOver else { return false }
      let who = UnixSocket.peer(descriptor).map { "process \($0)" } ?? "another porthole"
      throw Failure(
        .timedOut,
        "\(who) holds the agent of \(instance.name) and does not answer: a question may be open there"
      )
    }
    if line == "ok" { return true }
    let words = line.split(separator: " ", maxSplits: 2)
    guard words.count == 3, words[0] == "error",
      let status = Int32(words[1]).flatMap({ ExitStatus(rawValue: $0) }), status != .done
    else { throw Failure(.no, "the answer is not understood: \(line)") }
    throw Failure(status, String(words[2]))
  }

  private static func connect(_ instance: Instance) -> Int32? {
    UnixSocket.connect(instance.deskSocket, until: Deadline(milliseconds: 500))
  }
}
