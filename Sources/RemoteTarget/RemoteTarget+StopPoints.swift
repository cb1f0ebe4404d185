internal import GDBRemote
public import Inspect

extension RemoteTarget {
  public func insert(_ point: StopPoint) throws(InspectError) {
    try requireStopped()
    // Told first: a tool that dies in between must not leave one that nobody knows of.
    guardian?.note(remotePoint(point), isPlanted: true)
    let answer = try connection.exchange(remotePoint(point), inserting: true)
    try check(answer, point, "planted")
  }

  public func insert(_ point: StopPoint, script: PointScript) throws(InspectError) {
    guard !script.isEmpty else { return try insert(point) }
    guard profile.evaluatesConditions, script.commands.isEmpty || profile.printsLogPoints else {
      throw .unsupported("\(profile.kind) decides nothing about its breakpoints")
    }
    try requireStopped()
    guardian?.note(remotePoint(point), isPlanted: true)
    try check(try connection.exchange(remotePoint(point), script: script), point, "planted")
  }

  public func remove(_ point: StopPoint) throws(InspectError) {
    try requireStopped()
    let answer = try connection.exchange(remotePoint(point), inserting: false)
    if answer.isOK { guardian?.note(remotePoint(point), isPlanted: false) }
    try check(answer, point, "removed")
  }

  private func check(
    _ answer: Answer, _ point: StopPoint, _ what: String
  ) throws(InspectError) {
    if answer.isOK { return }
    if answer.isUnsupported { throw .unsupported("the target has no \(Self.name(of: point.kind))") }
    throw .refusal(
      answer, or: "the target does not say why",
      about: "a \(Self.name(of: point.kind)) at \(point.address) cannot be \(what): ")
  }

  private func remotePoint(_ point: StopPoint) -> RemoteStopPoint {
    RemoteStopPoint(
      kind: StopPointKind(rawValue: UInt8(point.kind.rawValue)) ?? .software,
      address: point.address, length: UInt64(clamping: point.length))
  }

  private static func name(of kind: StopPoint.Kind) -> String {
    switch kind {
    case .software: "software breakpoint"
    case .hardware: "hardware breakpoint"
    case .write: "write watchpoint"
    case .read: "read watchpoint"
    case .access: "access watchpoint"
    }
  }
}
