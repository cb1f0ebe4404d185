// A fiber's one timer: it ends a sleep, or a wait that has a deadline.

internal import Execution
internal import Machine

extension Fiber {
  /// Has the fiber made ready at `deadline` with the outcome `late`.
  func arm(_ deadline: Instant) {
    let body: () -> Void
    if let expire {
      body = expire
    } else {
      // Safety: armed only while the fiber is suspended, and then the scheduler keeps it.
      body = { [unowned(unsafe) self] in self.runOut() }
      expire = body
    }
    timer = Scheduler.loop.at(deadline, body)
  }

  /// Disarms the timer, if it is armed.
  func disarm() {
    guard let timer else { return }
    Scheduler.loop.cancel(timer)
    self.timer = nil
  }

  private func runOut() {
    timer = nil
    waitList?.remove(self)
    outcome = .late
    Scheduler.makeReady(self)
  }
}
