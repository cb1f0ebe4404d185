// The profiler in this instance: its memory, the timer that drives it, and what it is told to do.

internal import CX86
internal import Machine
public import Profiler
internal import X86

/// The profiler of the core.
public enum AgentProfiler {
  // Safety: made at start by the one core, then used with interrupts off.
  nonisolated(unsafe) private static var profiler: UnsafeMutablePointer<Profiler>?
  // Safety: as above; the core's own stack.
  nonisolated(unsafe) private static var ownStack = AddressRange(0, to: 0)
  // Safety: as above; when sampling was last started.
  nonisolated(unsafe) private static var begun = Instant(nanoseconds: 0)
  // Safety: as above; when those that wait are looked at next, and how long after that again.
  nonisolated(unsafe) private static var nextLook = UInt64.max
  nonisolated(unsafe) private static var lookPeriod: UInt64 = 0
  // Safety: as above; room to sum up in.
  nonisolated(unsafe) static var top: ProfileTop?

  /// Takes memory for the profiler. Needs the heap; without room there is no profiler.
  static func prepare() {
    guard profiler == nil else { return }
    let size = ProfileSize(forMemory: memory)
    guard let run = Frames.allocate(count: (size.bytes + 4095) / 4096),
      let base = UnsafeMutableRawPointer(bitPattern: run.start)
    else { return }
    ownStack = AddressRange(x86_stack_bottom(), to: x86_stack_top())
    let code = CodeMap(
      text: AddressRange(x86_text_start(), to: x86_text_end()),
      runtime: AddressRange(x86_runtime_start(), to: x86_runtime_end()),
      leaves: AddressRange(x86_leaves_start(), to: x86_leaves_end()),
      switching: AddressRange(x86_switching_start(), to: x86_switching_end()))
    AgentHooks.install(recovery: {
      AgentMemory.recover($0.assumingMemoryBound(to: x86_frame.self))
    })
    let made = UnsafeMutablePointer<Profiler>.allocate(capacity: 1)
    made.initialize(to: Profiler(ProfileMemory(base, size), code: code))
    profiler = made
    top = ProfileTop(size)
    publish(made.pointee.memory)
  }

  private static var memory: UInt64 {
    var sum: UInt64 = 0
    var index = 0
    while let region = X86Machine.shared.memory(at: index) {
      sum &+= UInt64(region.size)
      index += 1
    }
    return sum
  }

  /// Samples `rate` times a second from now on, in place of what it did; the rate is brought
  /// between 1 and `SampleSchedule.highestRate`. Looks `looks` times a second at those that wait,
  /// never without a sample. False without memory for it.
  ///
  /// From the loop or from the agent, not from an interrupt handler.
  public static func start(rate: UInt64, looks: UInt64 = usualLooks) -> Bool {
    guard let profiler else { return false }
    begun = X86Machine.shared.now
    SharedTimer.stop(.sampler)
    lookPeriod = looks == 0 ? 0 : 1_000_000_000 / looks
    nextLook = looks == 0 ? .max : begun.nanoseconds
    let first = profiler.pointee.start(
      rate: rate, now: begun.nanoseconds, seed: x86_timestamp() &* 0x9e37_79b9_7f4a_7c15)
    arm(first)
    return true
  }

  /// Looks a second at those that wait, where nothing else is asked for.
  public static var usualLooks: UInt64 { 10 }

  private static func arm(_ moment: UInt64) {
    SharedTimer.start(.sampler, at: Instant(nanoseconds: moment)) { context, now in
      AgentProfiler.sample(context, now)
    }
  }

  /// Takes no more samples; what was taken stays.
  public static func stop() {
    SharedTimer.stop(.sampler)
    profiler?.pointee.stop()
  }

  /// The machine has been held since `moment`: the schedule goes on from there, as if it had not.
  static func wasHeld(since moment: Instant) {
    guard let profiler, profiler.pointee.counters.rate > 0 else { return }
    let span = X86Machine.shared.now - max(moment, begun)
    arm(profiler.pointee.wasHeld(for: span.count))
  }

  /// Looks at those that wait now, while the stack with this pointer is in use.
  static func noteWaits(besides stackPointer: UInt64) {
    guard let profiler else { return }
    AgentWaits.note(in: &profiler.pointee, besides: stackPointer)
  }

  /// What the profiler keeps; nil without memory for one.
  public static var kept: ProfileMemory? { profiler?.pointee.memory }

  @inline(__always)
  private static func sample(_ context: UnsafeMutableRawPointer, _ now: UInt64) -> UInt64 {
    guard let profiler else { return .max }
    // Safety: X86 passes the complete frame of the interrupted context.
    let frame = context.assumingMemoryBound(to: x86_frame.self)
    let stackPointer = frame.pointee.rsp
    var stack = ownStack
    let fiber = Core.current.fiberStack
    if stackPointer &- UInt64(fiber.start) < UInt64(fiber.size) {
      stack = AddressRange(UInt64(fiber.start), to: UInt64(fiber.end))
    } else if !stack.contains(stackPointer) {
      stack = AddressRange(0, to: 0)
    }
    let start = WalkStart(
      counter: frame.pointee.rip, stackPointer: stackPointer, framePointer: frame.pointee.rbp,
      stack: stack, jobFrame: UInt64(Core.current.jobFrame),
      load: { x86_agent_load($0) })
    let next = profiler.pointee.sample(
      start, isHalted: SharedTimer.wasHalted, core: Core.current, ticks: x86_timestamp(), now: now)
    if now >= nextLook { look(stackPointer, now) }
    return next
  }

  @inline(never)
  private static func look(_ stackPointer: UInt64, _ now: UInt64) {
    nextLook = now &+ lookPeriod
    noteWaits(besides: stackPointer)
  }
}
