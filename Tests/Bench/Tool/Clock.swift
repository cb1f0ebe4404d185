internal import Glibc

/// Microseconds of the monotonic clock.
func microseconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
}

/// Returns how long `body` takes, in microseconds.
func timed<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) -> Double {
  let start = microseconds()
  try body()
  return microseconds() - start
}

/// The middle one of an odd number of values, or the upper of the two middle ones.
func median(_ values: [Double]) -> Double {
  values.isEmpty ? .nan : values.sorted()[values.count / 2]
}

/// Sends what was printed, for a reader that waits for it.
func flushOutput() { fflush(nil) }
