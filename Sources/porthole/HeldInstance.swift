// An instance that its agent holds for a debugger polls its port with interrupts off: from outside it
// looks like one that hangs. It says itself that it does not.

internal import Launcher
internal import Readings
internal import Telemetry

extension Instance {
  /// Whether its agent says that a debugger holds it.
  var isHeld: Bool {
    guard let memory = RAMFile(self), let address = memory.findRoot(),
      let root = Root(at: address, in: memory)
    else { return false }
    for index in 0..<root.entryCount {
      guard let entry = root.entry(at: index, in: memory), entry.name(in: memory) == Self.heldName
      else { continue }
      return entry.value(in: memory) == 1
    }
    return false
  }

  private static let heldName = Array("agent.held".utf8)

  /// `diagnose`, where one that is held is `.stopped`.
  func examine() -> Diagnosis {
    let found = diagnose()
    guard found.status == .running || found.status == .hung, isHeld else { return found }
    return Diagnosis(status: .stopped)
  }
}
