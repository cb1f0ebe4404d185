// The first flight after every stop: which threads there are and what their registers hold. One
// request of the seam, so that a link that can pipeline pays one round trip for all of it.

/// What a first look at a stopped target shows.
public struct Overview: Sendable {
  /// The threads in the target's order.
  public var threads: [ThreadInfo]
  /// The registers of those threads that were asked for and could be read.
  public var registers: [ThreadID: RegisterFile]

  /// Creates an overview.
  public init(threads: [ThreadInfo], registers: [ThreadID: RegisterFile]) {
    self.threads = threads
    self.registers = registers
  }
}

extension Inspectable {
  /// The same in as many round trips as there are requests, for links that cannot do better.
  public func overview(
    of first: ThreadID?, limit: Int
  ) throws(InspectError) -> Overview {
    let threads = try threads()
    var wanted = threads.map(\.id)
    if let first, let index = wanted.firstIndex(of: first) { wanted.swapAt(0, index) }
    var registers: [ThreadID: RegisterFile] = [:]
    for id in wanted.prefix(max(1, limit)) { registers[id] = try? readRegisters(of: id) }
    return Overview(threads: threads, registers: registers)
  }
}
