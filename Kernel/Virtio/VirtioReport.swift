// One line in the log when a device is refused or goes out of use, and the figures behind it.

internal import Log

/// What a driver has counted.
public struct VirtioStatistics: Equatable, Sendable {
  /// Requests that the device has answered.
  public internal(set) var requests: UInt64 = 0
  /// Answers that were an error, or not an answer at all.
  public internal(set) var errors: UInt64 = 0
  /// Requests that were ended here because the device went out of use.
  public internal(set) var lost: UInt64 = 0
  /// Answers that were found without an interrupt having told of them.
  public internal(set) var missedInterrupts: UInt64 = 0
  /// Times that the device broke the rules or did not answer; it is out of use after the first.
  public internal(set) var faults: UInt64 = 0

  init() {}
}

extension VirtioError {
  /// Logs that `device` is not used for this reason; with `isLate` that it was, until now.
  public func report(_ device: StaticString, isLate: Bool) {
    withUnsafeTemporaryAllocation(byteCount: 96, alignment: 1) { line in
      var count = 0
      for part in 0..<3 {
        let text: StaticString =
          switch part {
          case 0: device
          case 1: isLate ? ": out of use: " : ": not used: "
          default: self.text
          }
        text.withUTF8Buffer { bytes in
          for byte in bytes where count < line.count {
            line[count] = byte
            count += 1
          }
        }
      }
      Log.write(.error, bytes: UnsafeRawBufferPointer(rebasing: line[..<count]))
    }
  }
}
