// Who asks for memory, and what a panic about memory says beyond its cause.

internal import CX86
internal import Memory

/// Who called the allocator.
enum AllocationSite {
  /// The two innermost callers that are neither the allocator nor the part of Swift's runtime
  /// that passes requests on to it: the linker script keeps those functions together.
  static var current: CallSite {
    var callers = Backtrace(from: x86_frame_pointer(), at: x86_allocation_start())
    var site = CallSite()
    while let row = callers.next() {
      guard case .caller(let address) = row else { continue }
      if address > x86_allocation_start(), address <= x86_allocation_end() { continue }
      if site.caller != 0 {
        site.outer = UInt32(truncatingIfNeeded: address)
        break
      }
      site.caller = UInt32(truncatingIfNeeded: address)
    }
    return site
  }
}

/// The lines of a panic about memory. Called within the report: polled output, no allocation.
enum AllocationReport {
  // Safety: written by the one core just before it panics.
  nonisolated(unsafe) static var wanted = 0
  // Safety: as above.
  nonisolated(unsafe) static var site = CallSite()

  /// Who wanted how much, and who has it.
  @_optimize(size)
  static func exhaustion() {
    number(wanted)
    PanicWriter.text(" bytes wanted")
    at(site)
    let totals = Allocator.heap.statistics
    PanicWriter.text("\nheap: ")
    number(totals.inUse)
    PanicWriter.text(" bytes in use of ")
    number(totals.capacity)
    PanicWriter.text(", longest free run ")
    number(Allocator.heap.pageStatistics.longestRun &* 4096)
    var inClasses = 0
    var limit = Int.max
    for rank in 0..<3 {
      // The largest share below the last one.
      var (size, live, best) = (0, 0, 0)
      for index in 0..<Heap.classCount {
        guard let state = Allocator.heap.statistics(ofClass: index) else { continue }
        let share = state.size &* state.live
        if rank == 0 { inClasses &+= share }
        if share < limit, share > best { (size, live, best) = (state.size, state.live, share) }
      }
      guard best > 0 else { break }
      limit = best
      PanicWriter.text(rank == 0 ? "\nmost in blocks of " : ", of ")
      number(size)
      PanicWriter.text(": ")
      number(live)
    }
    PanicWriter.text("\nlarge blocks and page frames: ")
    number(totals.inUse &- inClasses)
    PanicWriter.text(" bytes\n")
  }

  #if DEBUG
  /// Which block was misused, and whose it is.
  static func misuse() {
    guard let fault = Allocator.heap.fault else { return }
    PanicWriter.text("block ")
    PanicWriter.hex(UInt64(fault.block))
    PanicWriter.text(", ")
    number(fault.size)
    PanicWriter.text(" bytes wanted, size class ")
    number(fault.capacity)
    PanicWriter.text("; address ")
    PanicWriter.hex(UInt64(fault.address))
    if fault.allocated.caller != 0 {
      PanicWriter.text("\nallocated")
      at(fault.allocated)
    }
    if fault.freed != 0 {
      PanicWriter.text("\nfreed")
      at(CallSite(caller: fault.freed))
    }
    PanicWriter.text("\n")
  }
  #endif

  private static func at(_ site: CallSite) {
    PanicWriter.text(" at ")
    PanicWriter.hex(UInt64(site.caller), digits: 8)
    if site.outer != 0 {
      PanicWriter.text(", called at ")
      PanicWriter.hex(UInt64(site.outer), digits: 8)
    }
  }

  private static func number(_ value: Int) { PanicWriter.decimal(UInt64(clamping: value)) }
}
