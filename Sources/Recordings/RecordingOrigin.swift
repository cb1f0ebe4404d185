public import JSON

/// What was recorded.
public struct RecordingOrigin: Equatable, Sendable {
  /// The instance's name, or the target as the user named it.
  public var name: String
  /// Where the readings came from: `memory`, `agent`, `stub`.
  public var source: String
  /// The path of the image; empty if it is not known.
  public var image = ""
  /// The image's build id in hexadecimal; empty if it is not known.
  public var buildID = ""
  /// Seconds since 1970 at which it began.
  public var time = 0

  /// Creates an origin.
  public init(name: String, source: String) {
    self.name = name
    self.source = source
  }

  init?(_ payload: [UInt8]) {
    guard payload.count <= 1 << 16, let object = (try? JSONValue.parse(payload))?.object,
      object["schema"]?.string == "porthole.recording/1", let name = object["name"]?.string
    else { return nil }
    self.init(name: name, source: object["source"]?.string ?? "")
    image = object["image"]?.string ?? ""
    buildID = object["buildID"]?.string ?? ""
    // To the end of the year 9999.
    time = min(max(object["time"]?.integer ?? 0, 0), 253_402_300_799)
  }

  /// The object that the first chunk holds.
  public var object: JSONObject {
    var object = JSONObject(schema: "recording")
    object["name"] = .string(name)
    object["source"] = .string(source)
    object["image"] = .string(image)
    object["buildID"] = .string(buildID)
    object["time"] = .integer(time)
    return object
  }
}
