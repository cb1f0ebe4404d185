// Jobs of async code, run by the event loop. They wait in a list threaded through themselves, so
// scheduling allocates nothing; the list is a handler of the loop like any other, named "async".
//
// This module is the only one that knows of `async`. An application without it refers to none of
// this, and the linker drops it.

#if hasFeature(Embedded) && canImport(_Concurrency)
internal import CAsync
internal import Execution
internal import Machine
internal import _Concurrency

/// A job of the runtime. Bytes 16 to 31 of it belong to the executor.
typealias Job = UnsafeMutableRawPointer

/// Jobs that are ready, first come first served.
private struct JobQueue {
  private var first: Job?
  private var last: Job?

  var isEmpty: Bool { first == nil }

  /// Appends a job; true if it is the only one.
  mutating func append(_ job: Job) -> Bool {
    job.storeBytes(of: nil, toByteOffset: 16, as: Job?.self)
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
  mutating func removeFirst() -> Job? {
    guard let job = first else { return nil }
    first = job.load(fromByteOffset: 16, as: Job?.self)
    if first == nil { last = nil }
    return job
  }
}

// Safety: one core; the runtime calls the hooks outside interrupt handlers only. No access lasts
// while a job runs, for jobs append others.
nonisolated(unsafe) private var queue = JobQueue()

// Safety: as above; set once, by `asyncLoop`.
nonisolated(unsafe) private var attachment: (loop: EventLoop, handler: HandlerID)?

/// Jobs that a turn of the loop runs at most before interrupts get their turn.
private let batch = 16

/// Makes a job ready; the loop runs it in its next turn.
func enqueue(_ job: Job) {
  if queue.append(job) { wake() }
}

/// Marks the queue's handler; the first job of all finds the loop.
private func wake() {
  if let attachment { attachment.loop.mark(attachment.handler) } else { _ = asyncLoop() }
}

private func runBatch() {
  var left = batch
  while left > 0, let job = queue.removeFirst() {
    runJob(job)
    left &-= 1
  }
  if !queue.isEmpty { wake() }
}

/// The loop that runs async code: the core's, made by the platform on first use.
func asyncLoop() -> EventLoop {
  if let attachment { return attachment.loop }
  let loop: EventLoop
  if let current = EventLoop.current {
    loop = current
  } else {
    loop = platformLoop()
    loop.makeCurrent()
  }
  let handler = loop.register("async") { runBatch() }
  attachment = (loop, handler)
  if !queue.isEmpty { loop.mark(handler) }
  return loop
}

/// Makes the loop of the platform the image is built for; the facade defines it.
@_silgen_name("porthole_platform_loop")
private func platformLoop() -> EventLoop

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
