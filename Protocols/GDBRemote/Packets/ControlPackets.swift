// The packets about the link and the target as a whole.

internal import Bytes

extension Request {
  /// Ends acknowledgements, for links that lose nothing.
  public static var startNoAcknowledgements: Request {
    Request(text: "QStartNoAckMode", needs: .noAcknowledgements)
  }

  /// A request that no stub knows: anything but the empty packet shows one that is confused.
  public static var mustReplyEmpty: Request { Request(text: "vMustReplyEmpty") }

  /// Asks where sections were moved to.
  public static var offsets: Request { Request(text: "qOffsets") }

  /// Asks for QEMU's single-step flags, which only QEMU has.
  public static var stepFlags: Request { Request(text: "qqemu.sstepbits") }

  /// Lets the process go, in multiprocess mode by its number.
  public static func detach(process: UInt64?) -> Request {
    var payload: [UInt8] = [0x44]
    if let process {
      payload.append(0x3b)
      payload.append(hex: process)
    }
    return Request(payload)
  }

  /// Ends the target; there is no answer. QEMU ends the whole machine.
  public static var kill: Request {
    Request(text: "k", reply: .nothing, isRepeatable: false)
  }

  /// Runs a command of the stub's monitor.
  public static func monitor(_ command: [UInt8]) -> Request {
    var payload: [UInt8] = []
    payload.append(text: "qRcmd,")
    payload.append(hexOf: command)
    return Request(payload, reply: .output, isRepeatable: false)
  }
}

/// The packets a stub sends of its own accord, besides stop replies.
enum ConsoleOutput {
  /// The text of an `O` packet; `nil` for anything else, `OK` among it.
  static func text(_ payload: [UInt8]) -> [UInt8]? {
    guard payload.first == 0x4f, payload.count != 2 else { return nil }
    return Hex.decode(payload.dropFirst())
  }

  /// The text of a notification `Console:`, which a log point is told by in non-stop mode.
  static func notified(_ payload: [UInt8]) -> [UInt8]? {
    let name = "Console:"
    guard payload.prefix(name.utf8.count).elementsEqual(name.utf8) else { return nil }
    return Array(payload.dropFirst(name.utf8.count))
  }
}
