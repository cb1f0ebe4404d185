// What an interrupt does: serves the one device that must be served at once, marks the line and
// returns. Everything else happens in the event loop.

internal import CX86
internal import Devices
internal import Machine
internal import Synchronization

enum Interrupts {
  @inline(__always)
  static func mark(_ line: Line) {
    Core.marked.bitwiseOr(1 << UInt64(line.rawValue), ordering: .relaxed)
  }
}

/// Called by `interrupt_common` for every vector, with the interrupted context.
@c(x86_interrupt)
public func x86Interrupt(_ context: UnsafeMutableRawPointer) {
  // Safety: the assembly passes a complete frame on the current stack.
  let frame = context.assumingMemoryBound(to: x86_frame.self)
  switch frame.pointee.vector {
  case Vector.timer.rawValue:
    #if AGENT
    SharedTimer.interrupted(context)
    #else
    Interrupts.mark(.timer)
    #endif
    LocalController.acknowledge()
  case Vector.serial.rawValue:
    SerialConsole.interrupted()
    Interrupts.mark(.console)
    LocalController.acknowledge()
  case Vector.devices:
    Core.marked.bitwiseOr(
      1 &<< (frame.pointee.vector &- Vector.devices.lowerBound), ordering: .relaxed)
    LocalController.acknowledge()
  case 0..<32:
    if AgentHooks.raised(context) { return }
    Panic.raised(by: frame)
  case Vector.agent.rawValue:
    LocalController.acknowledge()
    AgentHooks.interrupted(context)
  default: break
  }
}
