internal import JSON

/// What is known beside an instance's own account, from one moment of a recording on.
public struct RecordedState: Equatable, Sendable {
  /// The instance's state, as `ps` tells it, or `ended`; empty where nobody knows it.
  public var status = ""
  /// Bytes of the console that were left out so far.
  public var lostConsole: UInt64 = 0
  /// Frames that a link lost so far, came damaged or were left out.
  public var lostFrames: UInt64 = 0
  /// Looks at which there was nothing whole to read.
  public var skipped: UInt64 = 0

  /// A state of which nothing is known.
  public init() {}

  init?(_ payload: [UInt8]) {
    guard payload.count <= 4096, let object = try? JSONValue.parse(payload) else { return nil }
    func number(_ name: String) -> UInt64 { object[name]?.unsigned ?? 0 }
    status = object["status"]?.string ?? ""
    lostConsole = number("lost")
    lostFrames = number("lostFrames")
    skipped = number("skipped")
  }

  var object: JSONObject {
    var object = JSONObject()
    object["status"] = .string(status)
    object["lost"] = .unsigned(lostConsole)
    object["lostFrames"] = .unsigned(lostFrames)
    object["skipped"] = .unsigned(skipped)
    return object
  }
}

/// Why a recording ended in order.
public enum RecordingEnd: String, Sendable {
  /// The time asked for was over, or somebody interrupted it.
  case time, interrupted
  /// The instance was gone, or the link to it.
  case ended
  /// The file had the size asked for.
  case size
}
