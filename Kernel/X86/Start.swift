// From assembly to the application: the order in which the machine comes up. Nothing here may
// allocate before the memory map has been adopted.

internal import CX86
internal import Devices
internal import Machine
internal import Publishing
internal import Synchronization

/// Called by boot.S in long mode, on the main stack, with interrupts off.
@c(x86_start)
public func x86Start(_ startInfo: UInt64) -> Never {
  Descriptors.load()
  UART16550.configure(COM1())
  X86Log.start()
  guard BootMemory.adopt(startInfo) else {
    Panic.stop("no boot information, neither PVH's nor multiboot2's")
  }
  LocalController.enable()
  IOController.enable()
  SerialConsole.start()
  X86Log.tellPreviousEnd()
  if Publish.isOn { Publication.start() }
  startAgent()
  Core.marked.store(0, ordering: .relaxed)  // from here on it is interrupts that mark
  x86_enable_interrupts()
  Power.off(status: applicationMain())
}

#if AGENT
/// Starts the agent; module Agent, which knows this one, defines it.
@_silgen_name("porthole_agent_start")
private func startAgent()
#else
/// This image has no agent.
private func startAgent() {}
#endif

#if BAREMETAL
@_extern(c, "main")
private func cMain(_ count: Int32, _ arguments: UnsafeMutableRawPointer?) -> Int32

private func applicationMain() -> UInt8 { UInt8(truncatingIfNeeded: cMain(0, nil)) }
#else
/// A Linux process has no machine to start.
private func applicationMain() -> UInt8 { 0 }
#endif
