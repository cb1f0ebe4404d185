// Jobs of async code, run by the event loop. They wait in a list threaded through themselves, so
// scheduling allocates nothing; the list is a handler of the loop like any other, named "async".
//
// This module is the only one that knows of `async`. An application without it refers to none of
// this, and the linker drops it.

#if hasFeature(Embedded) && canImport(_Concurrency)
internal import CAsync
internal import Execution
internal import Machine
internal import Publishing
internal import Telemetry
internal import _Concurrency

/// A job of the runtime. Bytes 16 to 31 of it belong to the executor: the next job, and the time.
typealias Job = UnsafeMutableRawPointer

/// Jobs that are ready, first come first served.
private struct JobQueue {
  fileprivate var first: Job?
  private var last: Job?

  var isEmpty: Bool { first == nil }

  /// Appends a job that is ready since `time`; true if it is the only one.
  mutating func append(_ job: Job, since time: UInt64) -> Bool {
    job.storeBytes(of: nil, toByteOffset: 16, as: Job?.self)
    job.storeBytes(of: time, toByteOffset: 24, as: UInt64.self)
    let before = last
    last = job
    if let before {
      before.storeBytes(of: job, toByteOffset: 16, as: Job?.self)
      return false
    }
    first = job
    return true
  }

  /// Takes the first job.
  mutating func removeFirst() -> (job: Job, since: UInt64)? {
    guard let job = first else { return nil }
    first = job.load(fromByteOffset: 16, as: Job?.self)
    if first == nil { last = nil }
    return (job, job.load(fromByteOffset: 24, as: UInt64.self))
  }
}

// Safety: one core; the runtime calls the hooks outside interrupt handlers only. No access lasts
// while a job runs, for jobs append others.
nonisolated(unsafe) private var queue = JobQueue()

// Safety: as above; set once, by `attach`, and never let go of: no count is kept.
nonisolated(unsafe) private var attached: Unmanaged<EventLoop>?

// Safety: as above; means something once `attached` is set.
nonisolated(unsafe) private var handler = HandlerID(rawValue: 0)

/// Jobs that a turn of the loop runs at most before interrupts get their turn.
private let batch = 16

/// Makes a job ready; the loop runs it in its next turn.
@inline(__always)
func enqueue(_ job: Job) {
  (attached ?? attach())._withUnsafeGuaranteedRef { loop in
    let now = loop.clock
    if queue.append(job, since: now) { loop.mark(handler.rawValue, at: now) }
  }
}

private func runBatch(of loop: EventLoop) {
  var left = batch
  while left > 0, let (job, since) = queue.removeFirst() {
    runJob(job)
    loop.finished(handler, readySince: since)
    left &-= 1
  }
  if !queue.isEmpty { loop.mark(handler.rawValue, at: loop.moment) }
}

/// The loop that runs async code: the core's, made by the platform on first use.
func asyncLoop() -> EventLoop { (attached ?? attach()).takeUnretainedValue() }

@inline(never)
private func attach() -> Unmanaged<EventLoop> {
  let loop: EventLoop
  if let current = EventLoop.current {
    loop = current
  } else {
    loop = platformLoop()
    loop.makeCurrent()
  }
  // Safety: the loop calls this, so it is there.
  handler = loop.registerSeries("async") { [unowned(unsafe) loop] in runBatch(of: loop) }
  Core.current.taskClass = UInt(casync_task_class())
  if Publish.isOn { publish() }
  let kept = Unmanaged.passRetained(loop)
  attached = kept
  return kept
}

/// Publishes the jobs that are ready. A job's fields are the runtime's (swift/ABI/Task.h, Swift 6.3).
private func publish() {
  Publish.list(
    "async.ready", head: publishedPlace(of: &queue.first), next: 16,
    [
      PublishedField("since", .instant, .instant, at: 24),
      .enumeration("kind", at: 32, width: 1, ["task"]),
      PublishedField("priority", at: 33, width: 1),
      PublishedField("number", at: 36, width: 4),
      PublishedField("resume", .address, at: 56),
    ])
}

// MARK: Running a job

/// Runs one job, and leaves word of where it began: the runtime keeps no frame pointers, and a
/// walk that cannot go on inside it resumes at this function's frame.
///
/// A reader that interrupts between two stores sees an older frame, which is still on the stack.
@inline(never)
func runJob(_ job: Job) {
  let outer = (job: Core.current.job, frame: Core.current.jobFrame)
  Core.current.jobFrame = UInt(casync_frame())
  Core.current.job = UInt(bitPattern: job)
  jobRun(job, 0, 0)
  Core.current.job = outer.job
  Core.current.jobFrame = outer.frame
}

/// Runs `job` on an executor, here always the generic one.
@_silgen_name("_swift_job_run_c")
private func jobRun(_ job: Job, _ identity: UInt, _ implementation: UInt)
#endif
