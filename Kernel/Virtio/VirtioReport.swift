// One line on the console when a device goes out of use, and the figures behind it.

internal import Execution
internal import Machine

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

/// Says which device is out of use, and why.
func report(_ error: VirtioError, of device: StaticString, on loop: EventLoop) {
  func write(_ text: StaticString) {
    text.withUTF8Buffer { loop.machine.write(UnsafeRawBufferPointer($0)) }
  }
  write(device)
  write(": out of use: ")
  write(error.text)
  write("\n")
}
