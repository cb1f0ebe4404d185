// The functions that the concurrency runtime calls to have its jobs run
// (`swift_task_...Impl`, declared in the runtime's ExecutorImpl.h). They use Swift's own calling
// convention, hence `@_silgen_name`. With them the event loop is the Swift executor.

#if hasFeature(Embedded) && canImport(_Concurrency)
internal import Execution
internal import Machine
internal import _Concurrency

@_silgen_name("_swift_task_invokeSwiftCheckIsolated_c")
private func invokeCheckIsolated(_ identity: UInt, _ implementation: UInt) -> Bool

@_silgen_name("_swift_task_invokeSwiftIsIsolatingCurrentContext_c")
private func invokeIsIsolating(_ identity: UInt, _ implementation: UInt) -> Int8

// MARK: Hooks. An executor reference is two words, passed and returned in registers.

@_silgen_name("swift_task_enqueueGlobalImpl")
@inline(never)
func enqueueGlobal(_ job: Job) { enqueue(job) }

// The same; said so, lest the linker fold two copies into calls of a third.
@_silgen_name("swift_task_enqueueMainExecutorImpl")
func enqueueMainExecutor(_ job: Job) { enqueueGlobal(job) }

@_silgen_name("swift_task_enqueueGlobalWithDelayImpl")
func enqueueGlobalWithDelay(_ delay: UInt64, _ job: Job) {
  asyncLoop().after(Nanoseconds(delay)) { enqueueGlobal(job) }
}

@_silgen_name("swift_task_enqueueGlobalWithDeadlineImpl")
func enqueueGlobalWithDeadline(
  _ seconds: Int64, _ nanoseconds: Int64, _ toleranceSeconds: Int64,
  _ toleranceNanoseconds: Int64, _ clock: Int32, _ job: Job
) {
  // Both clocks of the runtime are the loop's: a machine that is suspended does not notice.
  let whole = Nanoseconds.seconds(UInt64(max(seconds, 0)))
  let deadline = Instant(nanoseconds: 0) + (whole + Nanoseconds(UInt64(max(nanoseconds, 0))))
  asyncLoop().at(deadline) { enqueueGlobal(job) }
}

@_silgen_name("swift_task_asyncMainDrainQueueImpl")
func drainMainQueue() -> Never {
  let loop = asyncLoop()
  while true { loop.run() }
}

@_silgen_name("swift_task_donateThreadToGlobalExecutorUntilImpl")
func donateThread(
  _ isDone: @convention(c) (UnsafeMutableRawPointer?) -> Bool, _ context: UnsafeMutableRawPointer?
) {
  let loop = asyncLoop()
  while !isDone(context) { loop.turn(mayWait: true) }
}

@_silgen_name("swift_task_getMainExecutorImpl")
func mainExecutor() -> (identity: UInt, implementation: UInt) { (0, 0) }

@_silgen_name("swift_task_isMainExecutorImpl")
func isMainExecutor(_ identity: UInt, _ implementation: UInt) -> Bool { identity == 0 }

@_silgen_name("swift_task_checkIsolatedImpl")
func checkIsolated(_ identity: UInt, _ implementation: UInt) {
  _ = invokeCheckIsolated(identity, implementation)
}

@_silgen_name("swift_task_isIsolatingCurrentContextImpl")
func isIsolatingCurrentContext(_ identity: UInt, _ implementation: UInt) -> Int8 {
  invokeIsIsolating(identity, implementation)
}
#endif
