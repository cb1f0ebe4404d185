// QNonStop, vStopped, %Stop: threads that stop one by one (gdb's manual, "Remote Non-Stop").

internal import Bytes

extension Request {
  /// Begins or ends non-stop mode.
  public static func nonStop(_ isWanted: Bool) -> Request {
    Request(text: isWanted ? "QNonStop:1" : "QNonStop:0", needs: .nonStop)
  }

  /// Takes the stop that was told, and asks for the next one.
  static var takeStop: Request { Request(text: "vStopped", reply: .stopNow, isRepeatable: false) }
}

extension StopReply {
  /// Reads a notification's data; `nil` if it is no stop.
  init?(notification payload: [UInt8]) {
    guard payload.starts(withText: "Stop:") else { return nil }
    self.init(Array(payload.dropFirst(5)))
  }
}
