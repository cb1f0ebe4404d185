// The seam's implementation on bare x86_64.

internal import CX86
public import Machine
internal import Synchronization

/// A PC, real or emulated, with one core in use.
public final class X86Machine: Machine {
  /// The one machine.
  // Safety: used by the one core, outside interrupt handlers.
  public nonisolated(unsafe) static let shared = X86Machine()

  private let hasRandom: Bool
  private var mixer: UInt64

  private init() {
    Clock.current = Clock(origin: x86_load64(x86_boot_timestamp_address()))
    OneShotTimer.began(Clock.current.started)
    hasRandom = x86_cpuid(1, 0).ecx >> 30 & 1 == 1
    mixer = x86_timestamp()
  }

  public var now: Instant { Clock.current.now }

  public func arm(_ deadline: Instant?) {
    #if AGENT
    SharedTimer.setLoop(deadline)
    #else
    if !OneShotTimer.start(deadline) { Interrupts.mark(.timer) }
    #endif
  }

  public func takeMarked() -> LineSet {
    LineSet(bits: Core.marked.exchange(0, ordering: .relaxed))
  }

  public func waitForInterrupt() {
    x86_disable_interrupts()
    #if AGENT
    SharedTimer.halt()
    #else
    if Core.marked.load(ordering: .relaxed) == 0 {
      x86_enable_interrupts_and_halt()
    } else {
      x86_enable_interrupts()
    }
    #endif
  }

  public func write(_ bytes: UnsafeRawBufferPointer) { SerialConsole.write(bytes) }

  public func readConsole(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    SerialConsole.read(into: buffer)
  }

  public var consoleDrops: (output: UInt64, input: UInt64) { SerialConsole.drops }

  public func entropy() -> UInt64 {
    var value: UInt64 = 0
    if hasRandom {
      for _ in 0..<10 where x86_random(&value) != 0 { return value }
    }
    // Better than nothing: the jitter of the counter, through the finaliser of SplitMix64.
    mixer &+= x86_timestamp() | 1
    value = mixer
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }

  public func memory(at index: Int) -> MemoryRegion? { BootMemory.region(at: index) }

  public func powerOff(status: UInt8) -> Never { Power.off(status: status) }

  public func reset() -> Never { Power.reset() }
}
