// How far an instance has come on its way to its agent. One that `run` has just started needs a moment.

internal import Glibc
internal import Launcher
internal import Readings
internal import RemoteTarget
internal import Symbols
internal import Telemetry

extension Instance {
  /// How far an instance has come.
  enum Stage { case starting, agentless, hasAgent }

  /// How far it has come, when that is known or `milliseconds` are over. What its image cannot have is
  /// not waited for, where there are `symbols` to tell.
  func stage(within milliseconds: Int, _ symbols: SymbolFile?) -> Stage {
    let deadline = Deadline(milliseconds: milliseconds)
    while true {
      let stage = stage
      guard stage == .starting else { return stage }
      guard symbols == nil || symbols?.hasData(named: "porthole_root") == true else {
        return .agentless
      }
      if deadline.isOver { return stage }
      usleep(2000)
    }
  }

  /// What the instance's own account says: an agent tells of itself as it begins to listen, and the
  /// event loop, which begins later, of its turns.
  private var stage: Stage {
    guard let memory = RAMFile(self), let address = memory.findRoot(),
      let root = Root(at: address, in: memory)
    else { return .starting }
    var stage = Stage.starting
    for index in 0..<root.entryCount {
      let name = root.entry(at: index, in: memory)?.name(in: memory) ?? []
      if name.starts(with: "agent.".utf8) { return .hasAgent }
      if name.starts(with: "loop.".utf8) { stage = .agentless }
    }
    return stage
  }
}
