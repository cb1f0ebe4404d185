// The event loop as the Swift executor: the functions that the concurrency runtime calls to have
// its jobs run (`swift_task_...Impl`, declared in the runtime's ExecutorImpl.h). They use Swift's
// own calling convention, hence `@_silgen_name`. The only file that knows of `async`.
//
// Jobs wait in a list threaded through themselves, so scheduling allocates nothing. The list is
// a handler of the loop like any other, named "async".
//
// An application without `async` refers to none of this, and the linker drops it.

#if hasFeature(Embedded) && canImport(_Concurrency)
internal import CAsync
internal import Execution
internal import Machine
internal import _Concurrency

/// A job of the runtime. Bytes 16 to 31 of it belong to the executor.
typealias Job = UnsafeMutableRawPointer

/// Where the running job started, for whoever walks the stack.
///
/// The runtime keeps no frame pointers; a walk that cannot go on inside it resumes at this frame.
struct RunningJob {
  /// The frame pointer of `runJob`: the caller's stands there, the return address above it.
  var frame: UInt = 0
  /// The job itself; 0 while none runs.
  var job: UInt = 0
}

// Safety: one core; written outside interrupt handlers only. A reader that interrupts `runJob`
// between two stores sees an older frame, which is still on the stack.
nonisolated(unsafe) var runningJob = RunningJob()

// Safety: one core; the runtime calls the hooks outside interrupt handlers only.
nonisolated(unsafe) private var queue = JobQueue()

/// Jobs that are ready, first come first served.
private struct JobQueue {
  private var first: Job?
  private var last: Job?
  private var handler: HandlerID?
  /// Jobs a turn of the loop runs at most before interrupts get their turn.
  private static var batch: Int { 16 }

  /// Appends a job; the loop runs it in its next turn.
  mutating func append(_ job: Job) {
    job.storeBytes(of: nil, toByteOffset: 16, as: Job?.self)
    if let last {
      last.storeBytes(of: job, toByteOffset: 16, as: Job?.self)
      self.last = job
    } else {
      first = job
      last = job
      wake()
    }
  }

  /// Takes the first job.
  mutating func removeFirst() -> Job? {
    guard let job = first else { return nil }
    first = job.load(fromByteOffset: 16, as: Job?.self)
    if first == nil { last = nil }
    return job
  }

  /// Marks the handler; before there is a loop, jobs wait for `attach`.
  private func wake() {
    if let handler, let loop = EventLoop.current { loop.mark(handler) }
  }

  /// Whether a loop runs the queue.
  var isAttached: Bool { handler != nil }

  /// Makes the queue a handler of `loop`.
  mutating func attach(to loop: EventLoop) {
    guard handler == nil else { return }
    handler = loop.register("async") { queue.runBatch() }
    if first != nil { wake() }
  }

  mutating func runBatch() {
    var left = JobQueue.batch
    while left > 0, let job = removeFirst() {
      runJob(job)
      left &-= 1
    }
    if first != nil { wake() }
  }
}

/// Runs one job, and leaves word of where it began.
@inline(never)
func runJob(_ job: Job) {
  let outer = runningJob
  runningJob = RunningJob(frame: UInt(casync_frame()), job: UInt(bitPattern: job))
  jobRun(job, 0, 0)
  runningJob = outer
}

/// The loop that runs async code: the core's, made by the platform on first use.
func asyncLoop() -> EventLoop {
  let loop: EventLoop
  if let current = EventLoop.current {
    loop = current
  } else {
    loop = platformLoop()
    loop.makeCurrent()
  }
  queue.attach(to: loop)
  return loop
}

/// Makes the loop of the platform the image is built for; the facade defines it.
@_silgen_name("porthole_platform_loop")
private func platformLoop() -> EventLoop

/// Runs `job` on an executor, here always the generic one.
@_silgen_name("_swift_job_run_c")
private func jobRun(_ job: Job, _ identity: UInt, _ implementation: UInt)

@_silgen_name("_swift_task_invokeSwiftCheckIsolated_c")
private func invokeCheckIsolated(_ identity: UInt, _ implementation: UInt) -> Bool

@_silgen_name("_swift_task_invokeSwiftIsIsolatingCurrentContext_c")
private func invokeIsIsolating(_ identity: UInt, _ implementation: UInt) -> Int8

// MARK: Hooks. An executor reference is two words, passed and returned in registers.

@_silgen_name("swift_task_enqueueGlobalImpl")
func enqueueGlobal(_ job: Job) { enqueue(job) }

@_silgen_name("swift_task_enqueueMainExecutorImpl")
func enqueueMainExecutor(_ job: Job) { enqueue(job) }

/// Queues a job; the first one of an application in callback style finds the loop for the queue.
private func enqueue(_ job: Job) {
  if !queue.isAttached { _ = asyncLoop() }
  queue.append(job)
}

@_silgen_name("swift_task_enqueueGlobalWithDelayImpl")
func enqueueGlobalWithDelay(_ delay: UInt64, _ job: Job) {
  asyncLoop().after(Nanoseconds(delay)) { queue.append(job) }
}

@_silgen_name("swift_task_enqueueGlobalWithDeadlineImpl")
func enqueueGlobalWithDeadline(
  _ seconds: Int64, _ nanoseconds: Int64, _ toleranceSeconds: Int64,
  _ toleranceNanoseconds: Int64, _ clock: Int32, _ job: Job
) {
  // Both clocks of the runtime are the loop's: a machine that is suspended does not notice.
  let whole = Nanoseconds.seconds(UInt64(max(seconds, 0)))
  let deadline = Instant(nanoseconds: 0) + (whole + Nanoseconds(UInt64(max(nanoseconds, 0))))
  asyncLoop().at(deadline) { queue.append(job) }
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
