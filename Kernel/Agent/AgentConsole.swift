// Console and agent on one port, for hardware that has no more: what the instance writes goes out as
// the protocol's own packets while a client is there, and as plain text while none is. What a person
// types at such a port is nobody's: every byte that comes is the agent's.

internal import CX86
internal import GDBRemote
internal import Publishing
internal import Telemetry

/// The console's output on the agent's port.
enum AgentConsole {
  // Safety: these are used with interrupts off, on one core.
  /// What goes into one packet; made at start, for nothing may be allocated later.
  nonisolated(unsafe) private static var text: [UInt8] = []
  /// Bytes for which the port had no room.
  // Safety: as above.
  nonisolated(unsafe) private static var dropped: UInt64 = 0

  /// Bytes of one packet.
  private static var portion: Int { 256 }
  /// What a packet of a portion takes at most: two digits a byte and a frame, or an escape for each.
  private static var mostBytes: Int { 2 * portion + 16 }

  static func start() {
    text.reserveCapacity(portion)
    Publish.counter("agent.consoleDropped", .bytes, at: publishedPlace(of: &dropped))
  }

  /// Queues `count` bytes at `start`; what the port has no room for is dropped, and counted.
  static func write(
    _ start: UnsafeRawPointer, _ count: Int, _ stub: inout Stub?, queue: () -> Void
  ) {
    var position = 0
    while position < count {
      let length = min(portion, count - position)
      guard AgentPort.room >= mostBytes else {
        dropped &+= UInt64(count - position)
        return
      }
      text.removeAll(keepingCapacity: true)
      // Safety: the writer's bytes, which stay during the call.
      text.append(
        contentsOf: UnsafeRawBufferPointer(start: start + position, count: length))
      position += length
      if stub?.isRunning == true, stub?.isAttended == true {
        stub?.said(text[...])
        queue()
      } else if AgentTelemetry.isAsked {
        stub?.notify("Console", text)
        queue()
      } else {
        for byte in text { AgentPort.queue(byte) }
        AgentPort.send()
      }
    }
  }
}
